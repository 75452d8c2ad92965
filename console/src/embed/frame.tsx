// The widget itself, in a frame of this origin with a policy of its own; loaded when it is asked for, since each one
// opens a session.
import { useEffect, useRef } from 'preact/hooks';
import type { Settings } from '../preview/settings.ts';

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
  return <iframe ref={frame} class="preview" src="/console/preview" title="Preview of the chat" />;
}
