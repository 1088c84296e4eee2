/** Signing in: at the stack's issuer, or, on one's own machine without one, as whoever one likes to be. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useAction } from "../loaded.ts";
import { route } from "../router.ts";
import { isLocal, type SignIn, signInAs } from "../session.ts";
import { SIGN_IN_TEXTS as T } from "../texts/sign-in.ts";
import { ErrorNote, TextField } from "../widgets.tsx";

const OPERATOR = { sub: "operator", scope: "operator" };
const PEOPLE = ["ana", "ben", "cleo"];

function Chooser() {
  const { run, error, isRunning } = useAction();
  const name = useSignal("");
  const isOperator = useSignal(false);
  const enter = (sub: string, scope = "") => void run(() => signInAs(sub, scope));
  // The demo's link leads to its picture at once.
  useEffect(() => {
    if (route.value[2] === "story") enter(OPERATOR.sub, OPERATOR.scope);
  }, []);
  const submit = (event: Event) => {
    event.preventDefault();
    if (name.value.trim() !== "") enter(name.value.trim(), isOperator.value ? "operator" : "");
  };
  return (
    <>
      <p>{T.choose}</p>
      <ErrorNote error={error.value} />
      <div class="row">
        <button type="button" disabled={isRunning.value} onClick={() => enter(OPERATOR.sub, OPERATOR.scope)}>
          {T.operator}
        </button>
        {PEOPLE.map((person) => (
          <button type="button" class="plain" disabled={isRunning.value} onClick={() => enter(person)}>
            {person}
          </button>
        ))}
      </div>
      <form class="card" onSubmit={submit}>
        <h2>{T.other}</h2>
        <TextField label={T.name} text={name} autocomplete="username" />
        <label class="check">
          <input
            type="checkbox"
            checked={isOperator.value}
            onChange={(event) => (isOperator.value = event.currentTarget.checked)}
          />
          {T.isOperator}
        </label>
        <button type="submit" disabled={isRunning.value}>
          {T.go}
        </button>
      </form>
    </>
  );
}

function IssuerButton({ signIn }: { signIn: SignIn }) {
  const { run, error, isRunning } = useAction();
  const leave = () =>
    run(async () => {
      const { beginSignIn } = await import("../openid.ts");
      await beginSignIn(signIn);
    });
  return (
    <>
      <ErrorNote error={error.value} />
      <button type="button" disabled={isRunning.value} onClick={() => void leave()}>
        {isRunning.value ? T.working : T.withIssuer(new URL(signIn.issuer).host)}
      </button>
    </>
  );
}

export function SignInView({ signIn }: { signIn: SignIn }) {
  const isOfIssuer = signIn.clientId !== "";
  return (
    <section class="narrow">
      <h1>{T.heading}</h1>
      {isOfIssuer ? <IssuerButton signIn={signIn} /> : isLocal ? <Chooser /> : <p>{T.notSetUp}</p>}
    </section>
  );
}
