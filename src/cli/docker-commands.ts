/** docker's commands: docker/cli 29 (canonical paths and top-level names) and the names of the plugins that come with it. */
export const dockerCommands = `
-: attach bake build buildx commit compose cp create diff events exec export history images import info inspect kill load login logout logs pause port ps pull push rename restart rm rmi run save scout search start stats stop tag top trust unpause update version wait
builder: build prune
checkpoint: create ls rm
config: create inspect ls rm
container: attach commit cp create diff exec export inspect kill logs ls pause port prune rename restart rm run start stats stop top unpause update wait
context: create export import inspect ls rm show update use
image: build history import inspect load ls prune pull push rm save tag
manifest: annotate create inspect push rm
network: connect create disconnect inspect ls prune rm
node: demote inspect ls promote ps rm update
plugin: create disable enable inspect install ls push rm set upgrade
secret: create inspect ls rm
service: create inspect logs ls ps rm rollback scale update
stack: config deploy ls ps rm services
swarm: ca init join join-token leave unlock unlock-key update
system: df dial-stdio events info prune
volume: create inspect ls prune rm update
`
  .trim()
  .split('\n')
  .flatMap(line => {
    const [group, words = ''] = line.split(': ')
    return words.split(' ').map(word => (group === '-' ? word : `${group} ${word}`))
  })
