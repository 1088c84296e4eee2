/**
 * Makes a schema. A call that is marked as pure leaves the bundles of functions that do not use the schema, with what of zod
 * it alone needs; zod's own calls have no such mark, and kept every schema in every bundle: 20 to 35 KB.
 */
export function schemaOf<T>(make: () => T): T {
  return make();
}
