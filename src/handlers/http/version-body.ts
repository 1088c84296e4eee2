/** Kept versions as the API shows them, and the 404 of one that is not kept. */
import { Problem } from "../../domain/errors.ts";
import { type KeptVersion, type MeasuredQuality, readVersion } from "../../infra/version-store.ts";

export async function requireVersion(community: string, version: number): Promise<KeptVersion> {
  const kept = await readVersion(community, version);
  if (kept) return kept;
  throw new Problem("unknown-version", `Version ${version} is not kept; GET versions lists those that are.`);
}

function qualityShown({ measuredAtMs, ...quality }: MeasuredQuality) {
  return { ...quality, measuredAt: new Date(measuredAtMs).toISOString() };
}

/** `served` has the versions that readers are served. */
export function versionBody(
  { modelVersion, keptAtMs, heldAtMs, name, quality }: KeptVersion,
  served: ReadonlyMap<number, string>,
) {
  const since = Math.min(keptAtMs ?? Number.POSITIVE_INFINITY, heldAtMs ?? Number.POSITIVE_INFINITY);
  return {
    version: modelVersion,
    keptAt: new Date(since).toISOString(),
    isDaily: keptAtMs !== undefined,
    isHeld: heldAtMs !== undefined,
    ...(name === undefined ? {} : { name }),
    ...(served.has(modelVersion) ? { isServed: true } : {}),
    ...(quality ? { quality: qualityShown(quality) } : {}),
  };
}

/** The version that was compared last, if any was, and what was found of it. */
export function latestQuality(versions: readonly KeptVersion[]) {
  const measured = versions.flatMap(({ modelVersion: version, quality }) =>
    quality ? [{ version, quality }] : [],
  );
  const latest = measured.sort((a, b) => a.quality.measuredAtMs - b.quality.measuredAtMs).at(-1);
  return latest ? { version: latest.version, ...qualityShown(latest.quality) } : null;
}
