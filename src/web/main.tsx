/** The console: one page for operators and members. The address and who is signed in choose the view. */
import { useSignal } from "@preact/signals";
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { addressOf, route } from "./router.ts";
import { hasExpired, readSignIn, type SignIn, signOut, subjectOf, token } from "./session.ts";
import "./styles.css";
import { PAGE_TEXTS } from "./texts/page.ts";
import { SIGN_IN_TEXTS } from "./texts/sign-in.ts";
import { Communities } from "./views/communities.tsx";
import { CommunityView } from "./views/community.tsx";
import { SignInView } from "./views/sign-in.tsx";
import { ErrorNote } from "./widgets.tsx";

function Header() {
  return (
    <header class="top">
      <a class="brand" href={addressOf()}>
        {PAGE_TEXTS.title}
      </a>
      {token.value !== null && (
        <span class="who">
          {subjectOf(token.value)}
          <button type="button" class="plain" onClick={() => signOut()}>
            {SIGN_IN_TEXTS.out}
          </button>
        </span>
      )}
    </header>
  );
}

function Content({ signIn }: { signIn: SignIn }) {
  if (token.value === null) return <SignInView signIn={signIn} />;
  const [place, community, ...words] = route.value;
  if (place === "c" && community)
    return <CommunityView key={community} community={community} words={words} />;
  return <Communities />;
}

function Console() {
  const signIn = useSignal<SignIn | null>(null);
  const error = useSignal<unknown>(undefined);
  useEffect(() => {
    const start = async () => {
      const found = await readSignIn();
      if (new URLSearchParams(location.search).has("state")) {
        const { endSignIn } = await import("./openid.ts");
        await endSignIn(found).catch((thrown) => {
          error.value = thrown;
        });
      }
      signIn.value = found;
    };
    start().catch((thrown) => {
      error.value = thrown;
    });
  }, []);
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById("content")?.focus()}>
        {PAGE_TEXTS.skip}
      </button>
      <Header />
      <main id="content" tabIndex={-1}>
        {hasExpired.value && token.value === null && (
          <p class="note" role="status">
            {SIGN_IN_TEXTS.expired}
          </p>
        )}
        <ErrorNote error={error.value} />
        {signIn.value ? <Content signIn={signIn.value} /> : <p class="quiet">{PAGE_TEXTS.loading}</p>}
      </main>
    </>
  );
}

render(<Console />, document.body);
