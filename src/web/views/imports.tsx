/** Bulk imports: the file goes from the page to the bucket, or by a command that the page shows, and is watched. */
import { useSignal } from "@preact/signals";
import { callsOf } from "../calls.ts";
import { useAction, useLoaded } from "../loaded.ts";
import { noteAction, usePolling } from "../polling.ts";
import { IMPORTS_TEXTS as T } from "../texts/imports.ts";
import { putFile, type Upload } from "../upload.ts";
import type { ViewProps } from "../view-props.ts";
import { Done, ErrorNote, Field, Shown, When } from "../widgets.tsx";

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

/** What is larger is better sent by a command, which survives the tab. */
const PAGE_UPLOAD_BYTES_MAX = 200_000_000;

function Command({ upload: { uploadUrl, uploadHeaders, uploadExpiresAt } }: { upload: Upload }) {
  const headers = Object.entries(uploadHeaders).map(([name, value]) => `-H '${name}: ${value}'`);
  return (
    <div role="status">
      <p>
        {T.upload} <When at={uploadExpiresAt} />
      </p>
      <pre>{["curl -T FILE.csv", ...headers, `'${uploadUrl}'`].join(" ")}</pre>
    </div>
  );
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

interface AskProps {
  community: string;
  onAsked: () => void;
}

/** Asks for an import and brings its file; where the page does not get it there, the command still can. */
function Ask({ community, onAsked }: AskProps) {
  const { error, isRunning, run } = useAction();
  const kind = useSignal<string>(KINDS[0]);
  const file = useSignal<File | null>(null);
  const command = useSignal<Upload | null>(null);
  const share = useSignal<number | null>(null);
  const hasArrived = useSignal(false);
  const ask = (sent: File | null) =>
    void run(async () => {
      command.value = null;
      hasArrived.value = false;
      const upload = await callsOf(community).post<Upload>("/imports", { kind: kind.value });
      onAsked();
      try {
        if (sent) await putFile(upload, sent, (part) => (share.value = part));
        hasArrived.value = sent !== null;
      } finally {
        share.value = null;
        if (!hasArrived.value) command.value = upload;
        noteAction();
      }
    });
  const submit = (event: Event) => {
    event.preventDefault();
    const isSmall = file.value !== null && file.value.size <= PAGE_UPLOAD_BYTES_MAX;
    ask(isSmall ? file.value : null);
  };
  return (
    <form class="card" onSubmit={submit}>
      <ErrorNote error={error.value} />
      <Field label={T.kind}>
        {(ids) => (
          <select {...ids} value={kind.value} onChange={(event) => (kind.value = event.currentTarget.value)}>
            {KINDS.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        )}
      </Field>
      <Field label={T.file}>
        {(ids) => (
          <input
            {...ids}
            type="file"
            accept=".csv,text/csv"
            required
            onChange={(event) => (file.value = event.currentTarget.files?.[0] ?? null)}
          />
        )}
      </Field>
      <div class="row">
        <button type="submit" disabled={isRunning.value}>
          {T.ask}
        </button>
        <button type="button" class="plain" disabled={isRunning.value} onClick={() => ask(null)}>
          {T.askCommand}
        </button>
      </div>
      {share.value !== null && <progress aria-label={T.sending} value={share.value} />}
      <Done>{hasArrived.value ? T.arrived : null}</Done>
      {command.value && <Command upload={command.value} />}
    </form>
  );
}

export function Imports({ community: { community }, moment }: ViewProps) {
  const turn = useSignal(0);
  const imports = useLoaded(
    () => callsOf(community).get<{ imports: Import[] }>("/imports"),
    [community, moment, turn.value],
  );
  const look = () => {
    turn.value++;
  };
  usePolling(async () => look(), [community]);
  return (
    <section>
      <h2>{T.heading}</h2>
      <p class="quiet">{T.lead}</p>
      <Ask community={community} onAsked={look} />
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
