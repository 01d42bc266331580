import { byteText } from '../../base/byte-text.ts'
import { openView } from '../../host/mounts/container-view.ts'
import { openDirectory } from '../../host/syscalls/tree.ts'
import { Copying } from './copying.ts'
import { Destination } from './destination.ts'
import type { AssembleRequest, CopyView } from './requests.ts'

/** Puts everything in its place; what is new is then in `root`. The process has to be a helper with this one task. */
export async function assemble({ root, over, mountpoint, actions }: AssembleRequest): Promise<void> {
  const views = new Map<string, number>()
  const viewOf = (view: CopyView): number => {
    const key = JSON.stringify(view)
    const fd = views.get(key) ?? openSource(view, mountpoint)
    views.set(key, fd)
    return fd
  }
  // Sources first: their views are mounted at the place that the target's then covers.
  for (const action of actions) if (action.act === 'copy') viewOf(action.from)
  const target = over
    ? openView({ lower: over.lower, upper: root, work: over.work }, mountpoint)
    : openDirectory(byteText(root))
  for (const action of actions) {
    if (action.act === 'directory') new Destination(target, action.owner).directory(action.path, action.mode)
    else await new Copying(viewOf(action.from), target, action).run()
  }
}

const openSource = (view: CopyView, mountpoint: string): number =>
  'directory' in view ? openDirectory(byteText(view.directory)) : openView({ lower: view.lower }, mountpoint)
