import { randomInt } from 'node:crypto'
import { containerFaults } from './faults.ts'

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/

/** The name without its leading slash. Throws a 400 fault. */
export function checkName(given: string): string {
  const name = given.startsWith('/') ? given.slice(1) : given
  if (!NAME.test(name)) throw containerFaults.BAD_NAME(given)
  return name
}

const MOODS =
  'amber bold brave breezy bright brisk calm candid cheery civil clever cosy crisp daring deft eager early easy fair ' +
  'famous fast fine firm fond frank fresh gentle glad golden grand happy hardy hearty honest humble jolly keen kind ' +
  'lively loyal lucid lucky mellow merry mild modest neat nimble noble patient placid plucky polite prompt proud quick ' +
  'quiet ready robust rosy serene sharp silent sincere smooth snug sober sound stable steady still strong sunny sure ' +
  'swift tidy trusty upbeat valiant vivid warm wise witty zesty'
const SAILORS =
  'amundsen anson baffin baret baffinson barents bellingshausen bering blackburn bligh bowditch bougainville cabot cano ' +
  'cartier chichester columbus cook cousteau crozier dampier davis delcano diaz drake earle elcano erikson fiennes ' +
  'flinders foxe franklin frobisher fuchs gama greely grenville hadley halley harrison hawkins heyerdahl hobson hudson ' +
  'humboldt jansz joshua kotzebue kruse lapérouse lisianski macarthur magellan maury mawson mercator moitessier nansen ' +
  'nares nelson palmer parry peary piccard polo ptolemy pytheas quadra raleigh ross rossel sandwell scott shackleton ' +
  'slocum somerville tabarly tasman tristan tupaia vancouver vespucci wallis weddell wilkes worsley zheng'

const words = (text: string) => text.split(' ').filter(word => /^[a-z]+$/.test(word))
const LEFT = words(MOODS)
const RIGHT = words(SAILORS)

/** `mood_sailor`, with a number behind it from the second try on, so that it never runs out. */
export function randomName(isTaken: (name: string) => boolean): string {
  for (let attempt = 0; ; attempt++) {
    const name = `${pick(LEFT)}_${pick(RIGHT)}${attempt === 0 ? '' : randomInt(10 ** Math.min(attempt, 12))}`
    if (!isTaken(name)) return name
  }
}

const pick = (list: string[]): string => list[randomInt(list.length)]!
