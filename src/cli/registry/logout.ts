import { atMost, defineCommand } from '../command.ts'
import { messageOf } from '../failures.ts'
import { DOCKER_HUB_KEY, eraseCredentials, hostOf } from './credentials.ts'

export const command = defineCommand({
  usage: '[SERVER]',
  long: 'Log out from a registry.\nIf no server is specified, the default is defined by the daemon.',
  flags: {},
  operands: atMost(1),
  async run({ operands: [server = ''], session }) {
    const host = server === '' ? DOCKER_HUB_KEY : hostOf(server)
    const names = server === '' ? [host] : [...new Set([server, host, `http://${host}`, `https://${host}`])]
    session.print(`Removing login credentials for ${host}`)
    const failures: string[] = []
    for (const name of names) {
      try {
        await eraseCredentials(session, name)
      } catch (failure) {
        failures.push(`${name}: ${messageOf(failure)}`)
      }
    }
    if (failures.length === names.length) {
      session.tell('WARNING: could not erase credentials:')
      for (const failure of failures) session.tell(failure)
    }
    return 0
  },
})
