/**
 * Event filter patterns: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 * A pattern names fields by nesting; a leaf is a list of rules of which one must hold; all fields must hold.
 */
import type { Json } from "../template/variables.ts";

export type Predicate = (value: unknown) => boolean;

/** Compiles one pattern. Throws on a rule it does not know. */
export function filterPattern(pattern: Record<string, Json>): Predicate {
  const fields = Object.entries(pattern).map(([name, rules]): Predicate => {
    if (name === "$or" && Array.isArray(rules)) {
      const options = rules.map((option) => filterPattern(option as Record<string, Json>));
      return (value) => options.some((matches) => matches(value));
    }
    const matches = Array.isArray(rules) ? anyOf(rules) : nested(name, rules);
    return (value) => matches(fieldOf(value, name));
  });
  return (value) => fields.every((matches) => matches(value));
}

function nested(name: string, pattern: Json): Predicate {
  if (pattern === null || typeof pattern !== "object" || Array.isArray(pattern)) {
    throw new Error(`filter pattern: ${name} must be a list of rules or an object`);
  }
  return filterPattern(pattern);
}

function fieldOf(value: unknown, name: string): unknown {
  return value !== null && typeof value === "object" && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function anyOf(rules: Json[]): Predicate {
  const predicates = rules.map(rule);
  return (value) => predicates.some((matches) => matches(value));
}

function rule(definition: Json): Predicate {
  if (definition === null || typeof definition !== "object") return (value) => value === definition;
  const [[name, argument], ...others] = Object.entries(definition);
  if (others.length > 0) throw new Error(`filter pattern: ${JSON.stringify(definition)} holds two rules`);
  switch (name) {
    case "exists":
      return (value) => (value !== undefined) === argument;
    case "prefix":
      return (value) => typeof value === "string" && value.startsWith(String(argument));
    case "suffix":
      return (value) => typeof value === "string" && value.endsWith(String(argument));
    case "equals-ignore-case":
      return (value) => typeof value === "string" && value.toLowerCase() === String(argument).toLowerCase();
    case "anything-but": {
      const excluded = anyOf(Array.isArray(argument) ? argument : [argument]);
      return (value) => value !== undefined && !excluded(value);
    }
    case "numeric":
      return numeric(argument);
    default:
      throw new Error(`filter pattern: the rule "${name}" is not known`);
  }
}

const comparisons: Record<string, (value: number, bound: number) => boolean> = {
  "=": (value, bound) => value === bound,
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
};

/** `["=", 3]` or a range `[">", 0, "<=", 5]`. */
function numeric(argument: Json): Predicate {
  const parts = Array.isArray(argument) ? argument : [];
  const checks: ((value: number) => boolean)[] = [];
  for (let i = 0; i < parts.length; i += 2) {
    const compare = comparisons[String(parts[i])];
    const bound = parts[i + 1];
    if (!compare || typeof bound !== "number") {
      throw new Error(`filter pattern: numeric ${JSON.stringify(argument)} is malformed`);
    }
    checks.push((value) => compare(value, bound));
  }
  if (checks.length === 0) throw new Error("filter pattern: numeric needs a comparison");
  return (value) => typeof value === "number" && checks.every((holds) => holds(value));
}
