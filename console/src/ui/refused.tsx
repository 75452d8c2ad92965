// Shows a refusal as the API tells it: what, every detail, what to do, and the request's id for whoever reads the log.
import { type Refusal, messageOf } from '../api/refusal';

interface Props {
  refusal?: Refusal;
  onRetry?: () => void;
}

export function Refused({ refusal, onRetry }: Props) {
  if (!refusal) return null;
  return (
    <div class="refused" role="alert" tabIndex={-1}>
      <p class="refused-title">{refusal.message}</p>
      {refusal.details.length > 0 && (
        <ul>
          {refusal.details.map((detail) => (
            <li key={`${detail.path} ${detail.message}`}>
              {detail.path && <><code>{detail.path}</code>{' '}</>}
              {messageOf(detail)}
              {detail.suggestion && <> Did you mean <code>{detail.suggestion}</code>?</>}
            </li>
          ))}
        </ul>
      )}
      {refusal.hint && <p>{refusal.hint}</p>}
      {refusal.requestId && <p class="minor">Request <code>{refusal.requestId}</code></p>}
      {onRetry && <button type="button" onClick={onRetry}>Try again</button>}
    </div>
  );
}
