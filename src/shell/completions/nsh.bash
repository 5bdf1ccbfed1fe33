# Completion of nsh for bash: source <(nsh completions bash)
_nsh() {
    local line=${COMP_LINE:0:COMP_POINT} words word cut
    read -ra words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    word=${words[${#words[@]} - 1]}
    # bash begins a new word behind = and :, so what stands before them is not replaced.
    cut=${word%"${word##*[=:]}"}
    COMPREPLY=()
    while IFS=$'\t' read -r word _; do
        COMPREPLY+=("${word#"$cut"}")
    done < <("${words[0]}" complete -- "${words[@]:1}" 2>/dev/null)
    [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
    return 0
}
complete -o default -F _nsh nsh
