/** A template that cannot be read or run. The message is Go's, beginning with `template: `. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
}
