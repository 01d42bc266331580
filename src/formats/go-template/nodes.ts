/** The tree of a template, after Go's text/template/parse/node.go. `at` is the offset in the text, for error messages. */
export type Place = { at: number; line: number }
export type ListNode = { kind: 'list'; nodes: Node[] }
export type PipeNode = Place & { kind: 'pipe'; assigns: boolean; variables: string[]; commands: CommandNode[] }
export type CommandNode = Place & { kind: 'command'; operands: Operand[] }
export type Operand = Place &
  (
    | { kind: 'identifier'; name: string }
    | { kind: 'field'; path: string[] }
    | { kind: 'variable'; path: string[] }
    | { kind: 'chain'; node: Operand | PipeNode; path: string[] }
    | { kind: 'dot' }
    | { kind: 'nil' }
    | { kind: 'bool'; value: boolean }
    | { kind: 'number'; text: string; value: number; isInteger: boolean }
    | { kind: 'string'; text: string; value: string }
    | { kind: 'parenthesis'; pipe: PipeNode }
  )
export type BranchNode = Place & { kind: 'if' | 'range' | 'with'; pipe: PipeNode; list: ListNode; otherwise?: ListNode }
export type Node =
  | (Place & { kind: 'text'; text: string })
  | (Place & { kind: 'action'; pipe: PipeNode })
  | BranchNode
  | (Place & { kind: 'template'; name: string; pipe?: PipeNode })
  | (Place & { kind: 'break' | 'continue' })

export type Template = { name: string; text: string; root: ListNode; defined: Map<string, ListNode> }

/** A node as Go prints it in error messages. */
export function nodeText(node: Operand | PipeNode | CommandNode): string {
  switch (node.kind) {
    case 'pipe':
      return pipeText(node)
    case 'command':
      return node.operands.map(nodeText).join(' ')
    case 'identifier':
      return node.name
    case 'field':
      return node.path.map(name => `.${name}`).join('')
    case 'variable':
      return node.path.join('.')
    case 'chain':
      return `${node.node.kind === 'pipe' ? `(${nodeText(node.node)})` : nodeText(node.node)}${node.path.map(name => `.${name}`).join('')}`
    case 'dot':
      return '.'
    case 'nil':
      return 'nil'
    case 'bool':
      return String(node.value)
    case 'number':
    case 'string':
      return node.text
    case 'parenthesis':
      return `(${pipeText(node.pipe)})`
  }
}

function pipeText(pipe: PipeNode): string {
  const declared = pipe.variables.length > 0 ? `${pipe.variables.join(', ')} ${pipe.assigns ? '=' : ':='} ` : ''
  return declared + pipe.commands.map(nodeText).join(' | ')
}
