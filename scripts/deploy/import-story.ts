// An import, deployed: the file goes to the bucket by the presigned address, and the tick finds it there.
import { type DeployedApi, eventually } from "./deployed-api.ts";

const FINISHED_WITHIN_MS = 180_000;

interface Asked {
  id: string;
  uploadUrl: string;
  uploadHeaders?: Record<string, string>;
}

/** Uploads two items, one of them wrong; returns the check that they have come, for some minutes later. */
export async function uploadItems(api: DeployedApi, community: string, operator: string) {
  const path = `${community}/imports`;
  const { body: asked } = await api.expect<Asked>(201, "POST", path, {
    token: operator,
    body: { kind: "items" },
  });
  const file = "itemId,kind,title\r\nrashomon,film,Rashomon\r\nno id,film,\r\n";
  const answer = await fetch(asked.uploadUrl, { method: "PUT", body: file, headers: asked.uploadHeaders });
  if (!answer.ok) throw new Error(`The upload: ${answer.status} ${await answer.text()}`);
  return () =>
    eventually("the import is finished", FINISHED_WITHIN_MS, async () => {
      const { body } = await api.expect<{ status: string; lines?: unknown }>(
        200,
        "GET",
        `${path}/${asked.id}`,
        {
          token: operator,
        },
      );
      if (body.status === "failed") throw new Error(JSON.stringify(body));
      if (body.status !== "finished") return undefined;
      await api.expect(200, "GET", `${community}/items/rashomon`, { token: operator });
      return true;
    });
}
