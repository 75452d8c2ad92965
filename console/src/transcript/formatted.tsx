// Markdown as elements. A picture in it is a link, never loaded: only whoever follows it tells its host of the visit.
import type { Token, Tokens } from 'marked';
import { Fragment, type ComponentChildren } from 'preact';
import { decoded } from './entities.ts';
import { linkTo, remotePicture } from './links.ts';
import { read } from './markdown.ts';

/** Text as the widget shows it; what is too long or too deep for that, as it was written. */
export function Formatted({ text }: { text: string }) {
  const tokens = read(text);
  return tokens ? <div class="formatted"><All tokens={tokens} /></div> : <div class="formatted plain">{text}</div>;
}

/** A link that gives the page it opens neither this window nor this address. */
export function Outward({ href, children }: { href: string; children: ComponentChildren }) {
  return <a href={href} target="_blank" rel="noopener noreferrer nofollow">{children}</a>;
}

function All({ tokens = [] }: { tokens?: Token[] }) {
  return <>{tokens.map((token, at) => <Fragment key={at}>{element(token)}</Fragment>)}</>;
}

/** The element for a token. Of HTML and of kinds that aren't known the source is shown. */
function element(token: Token): ComponentChildren {
  switch (token.type) {
    case 'space':
    case 'def':
      return null;
    case 'paragraph':
      return <p><All tokens={token.tokens} /></p>;
    case 'heading':
      // The page has headings of its own: those of a message are no part of its outline.
      return <p class="formatted-heading"><All tokens={token.tokens} /></p>;
    case 'blockquote':
      return <blockquote><All tokens={token.tokens} /></blockquote>;
    case 'list':
      return list(token as Tokens.List);
    case 'checkbox':
      return token.checked ? '☑ ' : '☐ ';
    case 'code':
      return <pre tabIndex={0}><code>{token.text}</code></pre>;
    case 'table':
      return table(token as Tokens.Table);
    case 'hr':
      return <hr />;
    default:
      return inline(token);
  }
}

function inline(token: Token): ComponentChildren {
  switch (token.type) {
    case 'strong':
      return <strong><All tokens={token.tokens} /></strong>;
    case 'em':
      return <em><All tokens={token.tokens} /></em>;
    case 'del':
      return <del><All tokens={token.tokens} /></del>;
    case 'codespan':
      return <code>{token.text}</code>;
    case 'br':
      return <br />;
    case 'escape':
      return token.text;
    case 'link':
      return link(token as Tokens.Link);
    case 'image':
      return picture(token as Tokens.Image);
    case 'text':
      return token.tokens ? <All tokens={token.tokens} /> : decoded(token.text);
    default:
      return token.raw;
  }
}

function list({ ordered, start, items }: Tokens.List): ComponentChildren {
  const entries = items.map(({ tokens }, at) => <li key={at}><All tokens={tokens} /></li>);
  return ordered ? <ol start={start === '' ? 1 : start}>{entries}</ol> : <ul>{entries}</ul>;
}

function table({ header, rows }: Tokens.Table): ComponentChildren {
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label="Table">
      <table class="plain-table">
        <thead><tr>{header.map(({ tokens }, at) => <th key={at} scope="col"><All tokens={tokens} /></th>)}</tr></thead>
        <tbody>
          {rows.map((cells, row) => <tr key={row}>{cells.map(({ tokens }, at) => <td key={at}><All tokens={tokens} /></td>)}</tr>)}
        </tbody>
      </table>
    </div>
  );
}

/** An address that may not be followed is shown as the text that it is. */
function link({ href, tokens, raw }: Tokens.Link): ComponentChildren {
  const address = linkTo(decoded(href));
  return address ? <Outward href={address}><All tokens={tokens} /></Outward> : raw;
}

function picture({ href, text, raw }: Tokens.Image): ComponentChildren {
  const address = remotePicture(decoded(href));
  return address ? <Outward href={address}>Picture: {text || new URL(address).host}</Outward> : raw;
}
