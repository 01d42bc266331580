import type { ContainerConfig } from '../../../formats/engine-api/container.ts'

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * The environment of a container's processes, by Docker's rules: PATH, HOSTNAME, TERM and what links tell, over them the container's own,
 * over that `extra` (exec). An entry without `=` takes the variable away; nothing ever comes from the daemon's environment
 * [CVE-2026-57231]. HOME is added unless something names it, so that no runtime reads the container's /etc/passwd for it.
 */
export function environmentOf(
  config: ContainerConfig,
  { home, links = [] }: { home: string; links?: readonly string[] },
  extra: readonly string[] = [],
  tty = config.Tty,
): string[] {
  const entries = new Map<string, string>()
  const defaults = [PATH, `HOSTNAME=${config.Hostname ?? ''}`, ...(tty ? ['TERM=xterm'] : []), ...links]
  for (const entry of [...defaults, ...(config.Env ?? []), ...extra]) apply(entries, entry)
  if (!entries.has('HOME')) entries.set('HOME', `HOME=${home}`)
  return [...entries.values()]
}

function apply(entries: Map<string, string>, entry: string): void {
  const at = entry.indexOf('=')
  if (at < 0) entries.delete(entry)
  else if (at > 0) entries.set(entry.slice(0, at), entry)
}
