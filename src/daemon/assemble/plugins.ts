import { join } from 'node:path'
import type { PluginDirectories } from '../../engine/volumes/plugins/plugin-files.ts'

/** Ours first, then where plugins made for Docker put themselves. Source: docs.docker.com/engine/extend/plugin_api. */
export const pluginDirectories = (execRoot: string): PluginDirectories => ({
  sockets: [join(execRoot, 'plugins'), '/run/docker/plugins'],
  specs: ['/etc/berth/plugins', '/etc/docker/plugins', '/usr/lib/docker/plugins'],
})
