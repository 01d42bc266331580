import type { Events } from '../events/events.ts'
import type { StoredImage } from './image-records.ts'

export type ImageAction = 'create' | 'delete' | 'import' | 'load' | 'pull' | 'push' | 'save' | 'tag' | 'untag'

/** What is told of images: Docker's actions, with the image's labels and its name as attributes. */
export class ImageEvents {
  readonly #events: Pick<Events, 'emit'>

  constructor(events: Pick<Events, 'emit'>) {
    this.#events = events
  }

  /** `name` is what the event is about, by default the id; `actor` what it happened to, by default the id too. */
  about(image: StoredImage, action: ImageAction, name: string = image.id, actor: string = image.id): void {
    this.#events.emit('image', action, actor, { ...image.config.config.Labels, name })
  }
}
