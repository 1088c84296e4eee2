/**
 * Chooses the route of a request: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 * A path that names more wins: a word before a variable, a variable before a greedy one.
 */

export interface Route<Target> {
  /** `GET /communities/{community}` */
  key: string;
  method: string;
  segments: string[];
  target: Target;
}

export interface Found<Target> {
  route: Route<Target>;
  pathParameters: Record<string, string>;
}

export function route<Target>(method: string, path: string, target: Target): Route<Target> {
  const key = method === "*" ? `ANY ${path}` : `${method} ${path}`;
  return { key, method, segments: path.split("/").slice(1), target };
}

/** Returns the routes in the order in which `findRoute` must look at them. */
export function byPrecedence<Target>(routes: Route<Target>[]): Route<Target>[] {
  const rank = ({ segments, method }: Route<Target>) =>
    segments
      .map((segment) => (segment.endsWith("+}") ? "2" : segment.startsWith("{") ? "1" : "0"))
      .join("")
      .concat(method === "*" ? "1" : "0");
  return routes.toSorted((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
}

/** `path` is percent-decoded already. */
export function findRoute<Target>(
  routes: Route<Target>[],
  method: string,
  path: string,
): Found<Target> | undefined {
  const words = path.split("/").slice(1);
  for (const candidate of routes) {
    if (candidate.method !== method && candidate.method !== "*") continue;
    const pathParameters = match(candidate.segments, words);
    if (pathParameters) return { route: candidate, pathParameters };
  }
  return undefined;
}

function match(segments: string[], words: string[]): Record<string, string> | undefined {
  const greedy = segments.at(-1)?.endsWith("+}");
  if (greedy ? words.length < segments.length : words.length !== segments.length) return undefined;
  const parameters: [string, string][] = [];
  for (const [index, segment] of segments.entries()) {
    if (segment.endsWith("+}")) parameters.push([segment.slice(1, -2), words.slice(index).join("/")]);
    else if (!segment.startsWith("{")) {
      if (segment !== words[index]) return undefined;
    } else if (words[index] === "") return undefined;
    else parameters.push([segment.slice(1, -1), words[index]]);
  }
  return Object.fromEntries(parameters);
}
