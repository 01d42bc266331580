import { formatBytes } from '../../base/units.ts'
import type { ContainerSummary } from '../../formats/engine-api/container.ts'
import { quoteString } from '../../formats/go-template/literals.ts'
import type { Methods } from '../../formats/go-template/values.ts'
import { familiar, parseReference } from '../../formats/reference/reference.ts'
import { agoFromSeconds, goTime, labelText, truncateId } from '../format/fields.ts'
import type { RowShape } from '../format/list.ts'
import { portsText } from '../format/ports.ts'
import { ellipsis } from '../format/table.ts'

const HEADERS = {
  ID: 'CONTAINER ID',
  Names: 'NAMES',
  Image: 'IMAGE',
  Command: 'COMMAND',
  CreatedAt: 'CREATED AT',
  RunningFor: 'CREATED',
  Ports: 'PORTS',
  State: 'STATE',
  Status: 'STATUS',
  Size: 'SIZE',
  Labels: 'LABELS',
  Mounts: 'MOUNTS',
  LocalVolumes: 'LOCAL VOLUMES',
  Networks: 'NETWORKS',
  Platform: 'PLATFORM',
}

/** The rows of `ps`; `used` is told of fields that cost the daemon something. */
export const containerRows = (
  truncates: boolean,
  used: (field: string) => void = () => {},
): RowShape<ContainerSummary> => ({
  typeName: '*formatter.ContainerContext',
  headers: HEADERS,
  fields: row => fieldsOf(row, truncates, used),
})

function fieldsOf(row: ContainerSummary, truncates: boolean, used: (field: string) => void): Methods {
  return {
    ID: () => (truncates ? truncateId(row.Id) : row.Id),
    Names: () => namesText(row.Names ?? [], truncates),
    Image: () => imageText(row, truncates),
    Command: () => quoteString(truncates ? ellipsis(row.Command, 20) : row.Command),
    CreatedAt: () => goTime(row.Created),
    RunningFor: () => agoFromSeconds(row.Created),
    Ports: () => portsText(row.Ports ?? []),
    State: () => row.State,
    Status: () => row.Status,
    Size: () => {
      used('Size')
      return sizeText(row)
    },
    Labels: () => labelText(row.Labels),
    Label: (name: string) => row.Labels?.[name] ?? '',
    Mounts: () => (row.Mounts ?? []).map(mount => shorten(mount.Name || mount.Source, truncates)).join(','),
    LocalVolumes: () => String((row.Mounts ?? []).filter(mount => mount.Driver === 'local').length),
    Networks: () => Object.keys(row.NetworkSettings?.Networks ?? {}).join(','),
    Platform: () => platformValue(row),
  }
}

const shorten = (text: string, truncates: boolean): string => (truncates ? ellipsis(text, 15) : text)

/** Names of old links (`/a/b`) are left out where there is a name of its own. */
function namesText(names: string[], truncates: boolean): string {
  const bare = names.map(name => name.slice(1))
  const own = truncates ? bare.find(name => !name.includes('/')) : undefined
  return own ?? bare.join(',')
}

function imageText({ Image, ImageID }: ContainerSummary, truncates: boolean): string {
  if (Image === '') return '<no image>'
  if (!truncates) return Image
  if (truncateId(ImageID) === truncateId(Image)) return truncateId(Image)
  try {
    const { domain, path, tag } = parseReference(Image)
    return familiar({ domain, path, tag })
  } catch {
    return Image
  }
}

function sizeText({ SizeRw = 0, SizeRootFs = 0 }: ContainerSummary): string {
  return SizeRootFs > 0 ? `${formatBytes(SizeRw)} (virtual ${formatBytes(SizeRootFs)})` : formatBytes(SizeRw)
}

function platformValue(
  row: ContainerSummary & {
    ImageManifestDescriptor?: { platform?: { os: string; architecture: string; variant?: string } }
  },
) {
  const platform = row.ImageManifestDescriptor?.platform
  const text = platform && [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/')
  return (
    text ?? {
      type: { kind: 'pointer', name: '*formatter.Platform', of: { kind: 'string', name: 'string' } },
      data: null,
    }
  )
}
