/**
 * Bulk imports: asked for, uploaded with a command that the page shows, and watched. A browser's own upload
 * would need the bucket to take requests from pages, and the page's policy to reach the bucket.
 */
import { useSignal } from "@preact/signals";
import { callsOf } from "../calls.ts";
import { useAction, useLoaded } from "../loaded.ts";
import { noteAction } from "../polling.ts";
import { IMPORTS_TEXTS as T } from "../texts/imports.ts";
import type { ViewProps } from "../view-props.ts";
import { ErrorNote, Field, Shown, When } from "../widgets.tsx";

const KINDS = ["members", "items", "ratings"] as const;

interface Import {
  id: string;
  kind: string;
  status: string;
  step: string;
  failure?: string;
  createdAt: string;
  seconds: number;
  bytes: number;
  bytesDone: number;
  accepted: number;
  rejected: number;
  rejections: { line: number; reason: string }[];
  epoch?: number;
  quality?: { ndcg: number; popularity: number } | null;
}

interface Upload {
  uploadUrl: string;
  uploadHeaders: Record<string, string>;
  uploadExpiresAt: string;
}

function commandOf({ uploadUrl, uploadHeaders }: Upload): string {
  const headers = Object.entries(uploadHeaders).map(([name, value]) => `-H '${name}: ${value}'`);
  return ["curl -T FILE.csv", ...headers, `'${uploadUrl}'`].join(" ");
}

function Entry({ one }: { one: Import }) {
  const { kind, status, step, failure, createdAt, seconds, bytes, bytesDone, rejections, quality } = one;
  return (
    <li class="card">
      <h3>
        {kind}: {status}
      </h3>
      <small class="quiet">
        <When at={createdAt} />, {step}, {seconds} s
      </small>
      {failure && <p>{failure}</p>}
      {bytes > 0 && <progress aria-label={T.progress} value={bytesDone} max={bytes} />}
      <p>{T.lines(one.accepted, one.rejected)}</p>
      {quality && <p>{T.quality(quality.ndcg, quality.popularity)}</p>}
      {rejections.length > 0 && (
        <details>
          <summary>{T.rejections}</summary>
          <ul>
            {rejections.map(({ line, reason }) => (
              <li key={line}>{T.line(line, reason)}</li>
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}

export function Imports({ community: { community }, moment }: ViewProps) {
  const calls = callsOf(community);
  const action = useAction();
  const turn = useSignal(0);
  const kind = useSignal<string>(KINDS[0]);
  const upload = useSignal<Upload | null>(null);
  const imports = useLoaded(
    () => calls.get<{ imports: Import[] }>("/imports"),
    [community, moment, turn.value],
  );
  const ask = (event: Event) => {
    event.preventDefault();
    void action.run(async () => {
      upload.value = await calls.post<Upload>("/imports", { kind: kind.value });
      turn.value++;
    });
  };
  const look = () => {
    noteAction();
    turn.value++;
  };
  return (
    <section>
      <h2>{T.heading}</h2>
      <p class="quiet">{T.lead}</p>
      <ErrorNote error={action.error.value} />
      <form class="card" onSubmit={ask}>
        <Field label={T.kind}>
          {(ids) => (
            <select
              {...ids}
              value={kind.value}
              onChange={(event) => (kind.value = event.currentTarget.value)}
            >
              {KINDS.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          )}
        </Field>
        <button type="submit" disabled={action.isRunning.value}>
          {T.ask}
        </button>
        {upload.value && (
          <div role="status">
            <p>
              {T.upload} <When at={upload.value.uploadExpiresAt} />
            </p>
            <pre>{commandOf(upload.value)}</pre>
          </div>
        )}
      </form>
      <button type="button" class="plain" onClick={look}>
        {T.look}
      </button>
      <Shown of={imports}>
        {({ imports: list }) => (
          <ul class="plain-list">
            {list.length === 0 && <li class="quiet">{T.none}</li>}
            {list.map((one) => (
              <Entry key={one.id} one={one} />
            ))}
          </ul>
        )}
      </Shown>
    </section>
  );
}
