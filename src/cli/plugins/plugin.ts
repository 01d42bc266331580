/** What a plugin of docker's command line says of itself. Source: docs.docker.com, "CLI plugins"; SchemaVersion 0.1.0. */
export type PluginMetadata = {
  SchemaVersion: string
  Vendor: string
  Version?: string
  ShortDescription?: string
  URL?: string
}

/** `fault`: why it cannot be used. */
export type Plugin = { name: string; path: string; metadata?: PluginMetadata; fault?: string }

export const PLUGIN_PREFIX = 'docker-'
export const METADATA_WORD = 'docker-cli-plugin-metadata'
/** How plugins find the command line that has called them. */
export const CALLER_VARIABLE = 'DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND'
