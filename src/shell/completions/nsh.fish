# Completion of nsh for fish: nsh completions fish | source
function __nsh_complete
    set -l words (commandline -opc)
    $words[1] complete -- $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c nsh -a '(__nsh_complete)'
