/**
 * Serverless Framework variables: `${param:x}`, `${self:a.b}`, `${opt:x, 'default'}`, `${sls:stage}`, `${env:X}`.
 * https://www.serverless.com/framework/docs/guides/variables
 * Values are resolved where they are read, so a parameter that only another stage has does no harm.
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface VariableSources {
  /** The whole file, for `${self:...}`. */
  file: Json;
  stage: string;
  params: Record<string, Json>;
  options: Record<string, string>;
}

// The innermost variable first: `${param:${sls:stage}}` has one inside another.
const innermost = /\$\{([^${}]*)\}/;
const maxDepth = 50;

/** Returns `value` with every variable in it replaced. Throws on a variable that has no value, naming it. */
export function resolveVariables(value: Json, sources: VariableSources, depth = 0): Json {
  if (depth > maxDepth) throw new Error(`serverless.yml: variables refer to each other in a circle`);
  if (typeof value === "string") return resolveString(value, sources, depth);
  if (Array.isArray(value)) return value.map((entry) => resolveVariables(entry, sources, depth + 1));
  if (value === null || typeof value !== "object") return value;
  if ("Fn::Sub" in value) return value; // its ${...} are CloudFormation's
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, resolveVariables(entry, sources, depth + 1)]),
  );
}

function resolveString(text: string, sources: VariableSources, depth: number): Json {
  let rest = text;
  for (let found = innermost.exec(rest); found; found = innermost.exec(rest)) {
    const value = resolveVariables(lookUp(found[1], sources), sources, depth + 1);
    if (found[0] === rest) return value; // a variable alone keeps its type
    if (typeof value === "object") throw new Error(`serverless.yml: ${found[0]} in "${text}" is no text`);
    rest = rest.slice(0, found.index) + String(value) + rest.slice(found.index + found[0].length);
  }
  return rest;
}

/** `expression` is what stands between the braces: alternatives, the first that has a value wins. */
function lookUp(expression: string, sources: VariableSources): Json {
  for (const alternative of expression.split(",").map((part) => part.trim())) {
    const value = lookUpOne(alternative, expression, sources);
    if (value !== undefined) return value;
  }
  throw new Error(`serverless.yml: \${${expression}} has no value`);
}

function lookUpOne(alternative: string, expression: string, sources: VariableSources): Json | undefined {
  const quoted = /^(['"])(.*)\1$/.exec(alternative);
  if (quoted) return quoted[2];
  if (/^-?\d+(\.\d+)?$/.test(alternative)) return Number(alternative);
  if (alternative === "true" || alternative === "false") return alternative === "true";
  const [source, address] = alternative.split(/:(.*)/s);
  if (source === "param") return sources.params[address];
  if (source === "opt") return sources.options[address];
  if (source === "env") return process.env[address];
  if (source === "self") return at(sources.file, address.split("."));
  if (alternative === "sls:stage") return sources.stage;
  throw new Error(`serverless.yml: the local runtime does not know the variable \${${expression}}`);
}

function at(value: Json, path: string[]): Json | undefined {
  let here: Json | undefined = value;
  for (const key of path) {
    if (here === null || typeof here !== "object") return undefined;
    here = (here as Record<string, Json>)[key];
  }
  return here;
}
