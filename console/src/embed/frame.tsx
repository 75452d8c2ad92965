// The widget itself, in a frame of this origin, which the token's rule of origins needs. So its script could reach what
// this tab holds: it is this deployment's own copy, and the frame's policy lets no other script run and no other host be
// reached, whatever an answer holds. It is loaded when it is asked for, since each one opens a session.
import { useEffect, useRef } from 'preact/hooks';
import type { Settings } from '../preview/settings.ts';

/** Links of an answer may open a tab, and never lead this one away: that would take `allow-top-navigation`. */
const ALLOWED = 'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox';

export function PreviewFrame({ value }: { value: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  useEffect(() => {
    const answer = ({ origin, source, data }: MessageEvent) => {
      const page = frame.current?.contentWindow;
      if (origin !== location.origin || !page || source !== page || data !== 'ready') return;
      const settings: Settings = { clientToken: value };
      page.postMessage(settings, location.origin);
    };
    addEventListener('message', answer);
    return () => removeEventListener('message', answer);
  }, [value]);
  return <iframe ref={frame} class="preview" src="/console/preview" title="Preview of the chat" sandbox={ALLOWED} />;
}
