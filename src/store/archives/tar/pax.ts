export * from '../../../formats/tar/pax.ts'
