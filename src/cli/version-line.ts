import { version } from '../../package.json'

/** What `--version` says. */
export const versionLine = `Berth version ${version}, build ${process.env['BERTH_BUILD'] ?? 'dev'}`
