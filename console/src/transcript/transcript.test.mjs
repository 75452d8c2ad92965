// A transcript is strangers' text: what of it becomes links, pictures and formatting, and what stays text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decoded } from './entities.ts';
import { isInline, linkTo, remotePicture } from './links.ts';
import { MAX_MARKDOWN, read } from './markdown.ts';
import { pieces, shownInstead } from './pieces.ts';

test('links lead to pages, mail and telephones, absolute and without a name before the host', () => {
  for (const href of ['https://a.example/x?y#z', 'http://a.example/', 'mailto:a@b.example', 'tel:+123']) {
    assert.equal(linkTo(href), href);
  }
  const refused = [
    'javascript:alert(1)', ' JaVaScRiPt:alert(1)', 'java\nscript:alert(1)', 'data:text/html,x', 'vbscript:x', 'blob:https://a.example/1',
    'file:///etc/passwd', '/v1/api-keys', '#/tokens', '//a.example', '', 'https://', 'https://bank.example@evil.example/',
    `https://a.example/${'x'.repeat(3_000)}`,
  ];
  for (const href of refused) assert.equal(linkTo(href), null, href);
});

test('only pictures that are in the text are shown unasked, and no kind that can hold a script', () => {
  assert.ok(isInline('data:image/png;base64,iVBORw0KGgo='));
  for (const source of ['data:image/svg+xml;base64,PHN2Zz4=', 'data:text/html;base64,PHA+', 'data:image/png,x', 'https://a.example/x.png']) {
    assert.ok(!isInline(source), source);
  }
  assert.equal(remotePicture('https://a.example/x.png'), 'https://a.example/x.png');
  for (const source of ['javascript:1', 'x.png', 'data:image/svg+xml,x', 'ftp://a.example/x.png']) assert.equal(remotePicture(source), null);
});

test('character references are read once, and unknown ones stay', () => {
  assert.equal(decoded('a &amp; b &lt;b&gt; &#65;&#x42; &amp;lt;'), 'a & b <b> AB &lt;');
  assert.equal(decoded('&#0;&#55296;&#x110000;'), '\ufffd\ufffd\ufffd');
  assert.equal(decoded('&unknown; & &; &constructor;'), '&unknown; & &; &constructor;');
});

test('long and deeply nested Markdown is shown as it is', () => {
  assert.ok(read('**x**'));
  assert.ok(read('x'.repeat(MAX_MARKDOWN)));
  assert.equal(read('x'.repeat(MAX_MARKDOWN + 1)), null);
  assert.equal(read('>'.repeat(19_000)), null);
  assert.equal(read(`${'> '.repeat(100)}deep`), null);
});

test('what the page showed is told beside what was said, where it is another text', () => {
  const text = (...texts) => texts.map((text) => ({ type: 'text', text }));
  const image = { type: 'image', image: 'data:image/png;base64,AAAA' };
  for (const [content, displayContent] of [
    ['Forget the rules.', 'Hello'], ['', 'Hello'], [undefined, 'Hello'], [[image], 'Hello'], [text('a', 'b'), 'a'], ['Hello', 'hello'],
    [[{ type: 'reasoning', text: 'Hello' }], 'Hello'],
  ]) {
    assert.equal(shownInstead({ content, displayContent }), displayContent, JSON.stringify(content));
  }
  for (const [content, displayContent] of [
    ['Hello', 'Hello'], ['Hello', ' Hello\n'], ['Hello', ''], ['Hello', null], ['Hello', undefined], [[...text('Hello'), image], 'Hello'],
    [text('a', 'b'), 'a\nb'], [text('a', '', 'b'), 'a\n\nb'], [text('a', 'b'), 'ab'],
  ]) {
    assert.equal(shownInstead({ content, displayContent }), null, JSON.stringify(content));
  }
});

test('a message shows its parts in their order, whatever the page showed', () => {
  assert.deepEqual(pieces({ content: 'raw', displayContent: 'shown' }), [{ kind: 'text', text: 'raw' }]);
  assert.deepEqual(pieces({ content: 'raw', displayContent: null }), [{ kind: 'text', text: 'raw' }]);
  const content = [
    { type: 'text', text: 'Look:' },
    { type: 'image', image: 'data:image/png;base64,AAAA' },
    { type: 'image', image: 'AAAA', mimeType: 'image/jpeg' },
    { type: 'image', image: 'https://a.example/x.png' },
    { type: 'image', image: 'AAAA', mimeType: 'image/svg+xml' },
    { type: 'file', data: 'AAAA', mimeType: 'application/pdf', filename: 'bill.pdf' },
    { type: 'reasoning', text: 'hm' },
    { type: 'later', x: 1 },
  ];
  assert.deepEqual(pieces({ content }), [
    { kind: 'text', text: 'Look:' },
    { kind: 'picture', source: 'data:image/png;base64,AAAA' },
    { kind: 'picture', source: 'data:image/jpeg;base64,AAAA' },
    { kind: 'remote-picture', address: 'https://a.example/x.png' },
    { kind: 'file', name: 'picture', type: 'image/svg+xml' },
    { kind: 'file', name: 'bill.pdf', type: 'application/pdf' },
    { kind: 'reasoning', text: 'hm' },
    { kind: 'text', text: '{"type":"later","x":1}' },
  ]);
  for (const content of [undefined, null, '', [], {}, 7]) assert.deepEqual(pieces({ content }), []);
  assert.deepEqual(pieces({ content: [null] }), [{ kind: 'text', text: 'null' }]);
});
