import { readText } from '../../client/client.ts'
import { daemonVersion } from '../../client/system.ts'
import { text } from '../../formats/command-line/flag-types.ts'
import { goShape } from '../../formats/go-shapes/shapes.ts'
import { defineCommand, noOperands } from '../command.ts'
import { currentContext } from '../config/connect.ts'
import { CommandFailure, messageOf } from '../failures.ts'
import { readTemplate } from '../format/inspect.ts'
import { INSPECT_FORMAT_HELP } from '../format/list.ts'
import { alignColumns } from '../format/table.ts'
import type { Session } from '../session.ts'
import { type ClientVersion, clientVersion } from './client-version.ts'

type Component = { Name: string; Version: string; Details?: Record<string, string> | null }
type ServerVersion = {
  Platform?: { Name: string }
  Components?: Component[] | null
  Version: string
  ApiVersion: string
  MinAPIVersion?: string
  GitCommit: string
  GoVersion: string
  Os: string
  Arch: string
  BuildTime?: string
  Experimental?: boolean
}
type Versions = { Client: ClientVersion; Server?: ServerVersion }

export const command = defineCommand({
  usage: '[OPTIONS]',
  flags: { format: text(INSPECT_FORMAT_HELP, { short: 'f' }) },
  operands: noOperands,
  async run({ flags, session }) {
    const template =
      flags.format === '' ? undefined : readTemplate(flags.format === 'json' ? '{{json .}}' : flags.format, 'version')
    const context = await currentContext(session)
    const { server, apiVersion, failure } = await askServer(session)
    const versions: Versions = { Client: clientVersion(context, apiVersion), ...(server ? { Server: server } : {}) }
    if (template) session.print(runOn(template, versions))
    else session.print(alignColumns(pretty(versions), 20, 1))
    if (failure) throw failure
    return 0
  },
})

type Asked = { server?: ServerVersion; apiVersion?: string; failure?: unknown }

/** Without a daemon the client's own part is still shown. */
async function askServer(session: Session): Promise<Asked> {
  try {
    const client = await session.client()
    const server = JSON.parse(await readText(await daemonVersion(client))) as ServerVersion
    return { server: withEngine(server), apiVersion: await client.version() }
  } catch (failure) {
    return { failure }
  }
}

/** Daemons that list no components get one from the fields beside them. */
function withEngine(server: ServerVersion): ServerVersion {
  const components = server.Components ?? []
  const shown = components.map(component =>
    component.Details?.['BuildTime']
      ? { ...component, Details: { ...component.Details, BuildTime: ansiDate(component.Details['BuildTime']) } }
      : component,
  )
  if (shown.some(({ Name }) => Name === 'Engine')) return { ...server, Components: shown }
  const Details = {
    ApiVersion: server.ApiVersion,
    MinAPIVersion: server.MinAPIVersion ?? '',
    GitCommit: server.GitCommit,
    GoVersion: server.GoVersion,
    Os: server.Os,
    Arch: server.Arch,
    BuildTime: ansiDate(server.BuildTime ?? ''),
    Experimental: String(server.Experimental ?? false),
  }
  return { ...server, Components: [...shown, { Name: 'Engine', Version: server.Version, Details }] }
}

/** `Mon Jan _2 15:04:05 2006` of an RFC 3339 date, whatever its zone; other texts as they are. */
function ansiDate(text: string): string {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)/.exec(text)
  if (!match) return text
  const [, year, month, day, clock] = match
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  const [weekday, , monthName] = date.toUTCString().replace(',', '').split(' ')
  return `${weekday} ${monthName} ${String(Number(day)).padStart(2)} ${clock} ${year}`
}

function runOn(template: ReturnType<typeof readTemplate>, versions: Versions): string {
  try {
    return template.run({ type: goShape('system.versionInfo'), data: versions })
  } catch (failure) {
    throw new CommandFailure(messageOf(failure), 1, failure)
  }
}

function pretty({ Client, Server }: Versions): string {
  const { ApiVersion: api = '', DefaultAPIVersion: newest } = Client
  const shownApi = api === newest ? api : `${api} (downgraded from ${newest})`
  const lines = [
    'Client:',
    ` Version:\t${Client.Version}`,
    ` API version:\t${shownApi}`,
    ` Runtime:\t${Client.GoVersion}`,
    ` Git commit:\t${Client.GitCommit}`,
    ` OS/Arch:\t${Client.Os}/${Client.Arch}`,
    ` Context:\t${Client.Context}`,
  ]
  if (Server) lines.push('', `Server:${Server.Platform?.Name ? ` ${Server.Platform.Name}` : ''}`)
  for (const component of Server?.Components ?? []) lines.push(` ${component.Name}:`, ...componentLines(component))
  return lines.join('\n')
}

function componentLines({ Name, Version, Details }: Component): string[] {
  const detail = (name: string) => Details?.[name] ?? ''
  if (Name !== 'Engine') {
    const rest = Object.keys(Details ?? {}).toSorted()
    return [`  Version:\t${Version}`, ...rest.map(name => `  ${name}:\t${detail(name)}`)]
  }
  return [
    `  Version:\t${Version}`,
    `  API version:\t${detail('ApiVersion')} (minimum version ${detail('MinAPIVersion')})`,
    `  Go version:\t${detail('GoVersion')}`,
    `  Git commit:\t${detail('GitCommit')}`,
    `  Built:\t${detail('BuildTime')}`,
    `  OS/Arch:\t${detail('Os')}/${detail('Arch')}`,
    `  Experimental:\t${detail('Experimental')}`,
  ]
}
