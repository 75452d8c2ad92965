// Text to be copied as it is: a value or a snippet.
import { useId } from 'preact/hooks';
import { notify } from './notices';

export function CopyButton({ text, label = 'Copy', said = 'Copied.' }: { text: string; label?: string; said?: string }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      notify(said);
    } catch {
      notify('The browser did not allow copying: select the text and copy it by hand.');
    }
  };
  return <button type="button" onClick={copy}>{label}</button>;
}

/** A value on one line, selected as a whole when it is reached, with a button that copies it. */
export function CopyField({ label, text }: { label: string; text: string }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="joined">
        <input id={id} class="code" readOnly value={text} onFocus={(event) => event.currentTarget.select()} />
        <CopyButton text={text} />
      </div>
    </div>
  );
}

/** Lines of code with a button that copies them. */
export function CopyBlock({ label, text }: { label: string; text: string }) {
  return (
    <figure class="snippet">
      <figcaption>
        <span>{label}</span>
        <CopyButton text={text} />
      </figcaption>
      <pre tabIndex={0} aria-label={label}><code>{text}</code></pre>
    </figure>
  );
}
