import type { Images } from '../../../engine/images/images.ts'
import type { Operation } from '../../http/operation.ts'
import { imageCreate } from './create.ts'
import { imageDelete } from './delete.ts'
import { distributionInspect } from './distribution.ts'
import { imageGet, imageGetAll } from './get.ts'
import { imageHistoryDoor } from './history.ts'
import { imageInspect } from './inspect.ts'
import { imageList } from './list.ts'
import { imageLoad } from './load.ts'
import { imagePrune } from './prune.ts'
import { imagePush } from './push.ts'
import { imageSearch } from './search.ts'
import { imageTag } from './tag.ts'

export type ImageNeeds = { images: Images }

export const imageOperations = ({ images }: ImageNeeds): Operation[] => [
  imageList(images),
  imageCreate(images),
  imageInspect(images),
  imageHistoryDoor(images),
  imageTag(images),
  imagePush(images),
  imagePrune(images),
  imageSearch(images),
  distributionInspect(images),
  imageDelete(images),
  imageGet(images),
  imageGetAll(images),
  imageLoad(images),
]
