/** The commit log against what each id says: versions rise by one, and each id stands in one of them. */
import type { Caller } from "../../tests/e2e/caller.ts";
import { Violation } from "../../tests/simulation/ledger.ts";
import type { Contributions, GradientValues } from "./contributions.ts";

interface LoggedVersion {
  modelVersion: number;
  applied: number;
  rejected: number;
  senders?: number;
  needed?: number;
}

interface LogPage {
  commits: LoggedVersion[];
  next?: number;
}

async function readLog(call: Caller, community: string): Promise<LoggedVersion[]> {
  const versions: LoggedVersion[] = [];
  for (let from: number | undefined = 1; from !== undefined; ) {
    const path: string = `/communities/${community}/history?from=${from}`;
    const { body }: { body: LogPage } = await call<LogPage>("GET", path);
    versions.push(...body.commits);
    from = body.next;
  }
  return versions;
}

/** Throws the first violation; answers how many versions there are. */
export async function checkLog(
  operator: Caller,
  community: string,
  contributions: Contributions<GradientValues>,
): Promise<number> {
  const { body: head } = await operator<{ modelVersion: number }>("GET", `/communities/${community}`);
  const log = await readLog(operator, community);
  log.forEach(({ modelVersion }, at) => {
    if (modelVersion !== at + 1) throw new Violation(`version ${at + 1} is not in the log`);
  });
  if (log.length !== head.modelVersion)
    throw new Violation(`the head is at version ${head.modelVersion}, the log ends at ${log.length}`);
  const verdicts = [...contributions.accepted.values()].map(({ verdict }) => verdict!);
  const byVersion = Map.groupBy(verdicts, ({ modelVersion }) => modelVersion);
  for (const { modelVersion, applied, rejected, senders = 0, needed = 0 } of log) {
    const told = byVersion.get(modelVersion) ?? [];
    const toldApplied = told.filter(({ status }) => status === "applied").length;
    if (toldApplied !== applied || told.length !== applied + rejected)
      throw new Violation(
        `version ${modelVersion} applied ${applied} and rejected ${rejected}, by their ids ${toldApplied} of ${told.length}`,
      );
    if (applied > 0 && senders < needed)
      throw new Violation(`version ${modelVersion} has ${senders} of ${needed} senders`);
  }
  return log.length;
}
