import { defineCommand, exactly } from '../command.ts'
import { CommandFailure } from '../failures.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const

export const command = defineCommand({
  usage: 'bash|zsh|fish',
  long: `Generate the completion script for a shell

  bash:  source <(berth completion bash)
  zsh:   berth completion zsh > "\${fpath[1]}/_berth"
  fish:  berth completion fish > ~/.config/fish/completions/berth.fish`,
  flags: {},
  operands: exactly(1),
  async run({ operands: [shell = ''], session }) {
    const script = SCRIPTS[shell]
    if (!script) {
      throw new CommandFailure(
        `berth: no completion for ${JSON.stringify(shell)}: must be one of "${SHELLS.join('", "')}"`,
      )
    }
    session.stdout.write(script)
    return 0
  },
})

/** Each asks `berth __complete` with the words before the cursor; a line `:files` stands for names of files. */
const SCRIPTS: Record<string, string | undefined> = {
  bash: `# bash completion for berth
_berth() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" line words=()
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o filenames 2>/dev/null
      mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur")
    else
      words+=("\${line%%$'\\t'*}")
    fi
  done < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD-1}" "$cur" 2>/dev/null)
  COMPREPLY+=("\${words[@]}")
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2>/dev/null; fi
  if declare -F __ltrim_colon_completions >/dev/null; then __ltrim_colon_completions "$cur"; fi
}
complete -F _berth berth
`,
  zsh: `#compdef berth
# zsh completion for berth
_berth() {
  local line files=0
  local -a candidates
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      files=1
    elif [[ $line == *$'\\t'* ]]; then
      candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    else
      candidates+=("\${line//:/\\\\:}")
    fi
  done < <("\${words[1]}" __complete "\${(@)words[2,CURRENT-1]}" "\${words[CURRENT]}" 2>/dev/null)
  (( \${#candidates} )) && _describe 'berth' candidates
  (( files )) && _files
}
if [[ $funcstack[1] == _berth ]]; then _berth "$@"; else compdef _berth berth; fi
`,
  fish: `# fish completion for berth
function __berth_complete
  set -l tokens (commandline -opc)
  set -l current (commandline -ct)
  for line in ($tokens[1] __complete $tokens[2..-1] "$current" 2>/dev/null)
    if test "$line" = ":files"
      __fish_complete_path "$current"
    else
      echo $line
    end
  end
end
complete -c berth -f -a '(__berth_complete)'
`,
}
