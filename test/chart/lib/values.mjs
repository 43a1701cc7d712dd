// values.yaml as rows: path, default, description (the comment directly above), for the README's table and the tests.
import fs from 'node:fs';
import path from 'node:path';
import { chart, YAML } from './tools.mjs';

const plain = (node) => (node === null ? null : node.toJSON());

/** Leaves are scalars, lists, empty maps, and maps that have a description of their own. */
export function rows() {
  const document = YAML.parseDocument(fs.readFileSync(path.join(chart, 'values.yaml'), 'utf8'));
  const found = [];
  const visit = (map, prefix) => {
    for (const [i, pair] of map.items.entries()) {
      // The parser hangs a comment above the first key of a map on the map.
      const comment = pair.key.commentBefore ?? (i === 0 ? map.commentBefore : undefined);
      const name = prefix + pair.key.value;
      const inner = YAML.isMap(pair.value) && pair.value.items.length > 0;
      if (inner && !comment) visit(pair.value, `${name}.`);
      else found.push({ path: name, value: plain(pair.value), comment: comment?.split(/\n\s*\n/).at(-1).split('\n').map((line) => line.trim()).join(' ').trim() });
    }
  };
  visit(document.contents, '');
  return found;
}

const shown = (value) => {
  if (value === '' || value === null) return '';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
};

export function valuesTable() {
  const lines = rows().map((row) => `| \`${row.path}\` | ${row.comment} | ${shown(row.value)} |`);
  return ['| Parameter | Description | Default |', '| --- | --- | --- |', ...lines].join('\n');
}

const begin = '<!-- values: made by test/chart/readme from values.yaml -->';
const end = '<!-- end of values -->';
export const readmeFile = path.join(chart, 'README.md');
/** The README with the table of today's values. */
export function readmeWithTable() {
  const text = fs.readFileSync(readmeFile, 'utf8');
  const [head, rest] = text.split(begin);
  return `${head}${begin}\n\n${valuesTable()}\n\n${end}${rest.split(end)[1]}`;
}
