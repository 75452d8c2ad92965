// The frame of every page: its heading takes the focus when the page appears, and is the document's title.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Told } from './name';

interface Props {
  /** Names in it are `isolated`. */
  title: string;
  /** One sentence below the heading. */
  about?: ComponentChildren;
  /** A link to the page above. */
  back?: { href: string; label: string };
  /** Buttons and links beside the heading. */
  actions?: ComponentChildren;
  children: ComponentChildren;
}

export function Page({ title, about, back, actions, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, []);
  useEffect(() => {
    document.title = `${title} · Client Tokens`;
  }, [title]);
  return (
    <article class="page">
      <header class="page-head">
        <div>
          {back && <p class="back"><a href={back.href}>← {back.label}</a></p>}
          <h1 ref={heading} tabIndex={-1}><Told text={title} /></h1>
          {about && <p class="about">{about}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </article>
  );
}

/** A part of a page with a heading of its own. */
export function Section({ title, about, actions, children }: Omit<Props, 'back'>) {
  return (
    <section class="panel">
      <header class="panel-head">
        <div>
          <h2>{title}</h2>
          {about && <p class="about">{about}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}

/** Fields of a form that belong together. */
export function Group({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <fieldset class="panel group">
      <legend class="unseen">{title}</legend>
      <h2 aria-hidden="true">{title}</h2>
      {children}
    </fieldset>
  );
}
