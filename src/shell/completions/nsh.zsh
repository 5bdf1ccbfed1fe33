#compdef nsh
# Completion of nsh for zsh: source <(nsh completions zsh), behind compinit
_nsh() {
    local line meaning
    local -a found
    for line in "${(@f)$("${words[1]}" complete -- "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}"; do
        meaning=${line#*$'\t'}
        [[ -n $line ]] && found+=("${${line%%$'\t'*}//:/\\:}${meaning:+:$meaning}")
    done
    if (( ${#found} )); then
        _describe nsh found
    else
        _files
    fi
}
compdef _nsh nsh
