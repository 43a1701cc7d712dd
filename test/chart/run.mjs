// The chart's short tests; test/chart/run starts it.
import fs from 'node:fs';
import path from 'node:path';
import { cases } from './lib/cases.mjs';
import * as checks from './lib/checks.mjs';
import { refusals, upgradeRefusals } from './lib/refusals.mjs';
import { build, chart, helms, root, run, template, toYaml, YAML } from './lib/tools.mjs';
import { typeFaults } from './lib/types.mjs';
import { readmeFile, readmeWithTable, rows } from './lib/values.mjs';

let passed = 0, failed = 0, skipped = 0;
async function test(name, body) {
  let faults;
  try {
    faults = (await body()) ?? [];
  } catch (error) {
    faults = [error.stack];
  }
  if (faults.length === 0) return void passed++;
  failed++;
  console.log(`FAILED ${name}\n${[...new Set(faults)].slice(0, 10).map((fault) => `    ${fault}`).join('\n')}`);
}
const skip = (name, why) => { skipped++; console.log(`skipped: ${name}: ${why}`); };
const need = (condition, sentence) => (condition ? [] : [sentence]);
const valuesOf = (one) => (typeof one.values === 'string' ? YAML.parse(fs.readFileSync(one.values, 'utf8')) : one.values ?? {});

/** The names of settings in `session-backend --help`, or null when the program is not built. */
async function settings() {
  const program = path.join(process.env.BUILD_DIR ?? path.join(root, 'build'), 'session-backend');
  if (!fs.existsSync(program)) return null;
  const { stdout } = await run(program, ['--help']);
  return new Set([...stdout.matchAll(/^\s*([A-Z][A-Z0-9_]{2,})\b/gm)].map((match) => match[1]));
}
const known = await settings();

async function testCase(helm, one, immutables) {
  const { status, stderr, stdout, objects } = await template(helm, one);
  const title = `${helm}, ${one.name}`;
  await test(`${title}: renders`, () => need(status === 0, stderr));
  if (status !== 0) return;
  await test(`${title}: types`, async () => (await Promise.all(objects.map(typeFaults))).flat());
  const all = { names: checks.names, selectors: checks.selectors, ports: checks.ports, restricted: checks.restricted, grace: checks.grace };
  const chartsOwn = objects.filter((object) => object.metadata.labels);
  for (const [name, check] of Object.entries(all)) await test(`${title}: ${name}`, () => check(chartsOwn));
  await test(`${title}: references`, () => checks.references(objects, one.brought ?? []));
  if (known) await test(`${title}: environment`, () => checks.unknownEnvironment(objects, known));
  await test(`${title}: expected text`, () => [
    ...(one.expect ?? []).filter((text) => !stdout.includes(text)).map((text) => `misses ${text}`),
    ...(one.without ?? []).filter((text) => stdout.includes(text)).map((text) => `has ${text}`),
  ]);
  immutables.set(one.name, checks.immutable(objects));
}

async function testRefusal(helm, [values, words], args = []) {
  const { status, stderr } = await template(helm, { values, args });
  await test(`${helm} refuses ${JSON.stringify(values)}`, () => need(status !== 0 && stderr.includes(words), status === 0 ? 'accepted' : stderr));
}

/** A typo at every level of the values is an error that names it. */
async function testClosed(helm) {
  const levels = [''];
  const visit = (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    for (const [key, inner] of Object.entries(value)) {
      const open = /^global$|SecurityContext$|securityContext$|Labels$|labels$|nnotations$|\.(limits|requests|nodeSelector|affinity|rollingUpdate|config|behavior)$/;
      const place = at ? `${at}.${key}` : key;
      if (inner !== null && typeof inner === 'object' && !Array.isArray(inner) && !open.test(place)) {
        levels.push(place);
        visit(inner, place);
      }
    }
  };
  visit(YAML.parse(fs.readFileSync(path.join(chart, 'values.yaml'), 'utf8')), '');
  const values = {};
  for (const [i, level] of levels.entries()) {
    level.split('.').filter(Boolean).reduce((map, key) => (map[key] ??= {}), values)[`tpyo${i}x`] = 1;
  }
  const { status, stderr } = await template(helm, { values });
  await test(`${helm}: the schema is closed at ${levels.length} levels`, () => [...need(status !== 0, 'accepted'),
    ...levels.filter((_, i) => !stderr.includes(`tpyo${i}x`)).map((level) => `a typo is not named below '${level}'`)]);
}

async function testImmutables(helm, immutables) {
  const changesNames = /release name|names and labels|fullnameOverride/;
  // What a user changes on purpose and Kubernetes refuses with its own sentence.
  const changesClaim = /^the database$|^production-values/;
  const ofDefaults = JSON.parse(immutables.get('defaults'));
  await test(`${helm}: immutable fields are the same for all values`, () => {
    const faults = [];
    for (const [name, text] of immutables) {
      if (changesNames.test(name) || changesClaim.test(name)) continue;
      for (const [object, fields] of Object.entries(JSON.parse(text))) {
        if (object in ofDefaults && JSON.stringify(fields) !== JSON.stringify(ofDefaults[object])) faults.push(`${name}: ${object}`);
      }
    }
    return faults;
  });
  await test(`${helm}: and for another version of chart and program`, async () => {
    const copy = path.join(build, `next-${helm.slice(-1)}`);
    fs.rmSync(copy, { recursive: true, force: true });
    fs.cpSync(chart, copy, { recursive: true });
    const file = path.join(copy, 'Chart.yaml');
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/^(version|appVersion): .*$/gm, '$1: "9.9.9"'));
    const { objects, stdout } = await template(helm, { from: copy });
    return [...need(stdout.includes('session-backend-api:9.9.9'), 'the image is not the new one'),
      ...need(checks.immutable(objects) === immutables.get('defaults'), 'differ'),
      // A new version alone restarts the API (its image) and leaves the database alone.
      ...need(JSON.stringify(objects.find((o) => o.kind === 'StatefulSet').spec)
        === JSON.stringify((await template(helm)).objects.find((o) => o.kind === 'StatefulSet').spec), 'the database restarts')];
  });
  await test(`${helm}: two releases share no name`, () => {
    const [a, b] = ['a release name of 53 characters', 'another one that begins in the same way'].map((name) => Object.keys(JSON.parse(immutables.get(name))));
    return a.filter((name) => b.includes(name));
  });
}

async function testPasswords(helm) {
  const secret = async (values, args = []) => {
    const { objects } = await template(helm, { values, args });
    return objects.find((object) => object.kind === 'Secret')?.data;
  };
  await test(`${helm}: passwords`, async () => {
    const [one, two, given, again] = await Promise.all([secret({}), secret({}), secret({ postgresql: { auth: { password: 'p' } } }),
      secret({ postgresql: { auth: { password: 'p' } } }, ['--is-upgrade'])]);
    const text = (data, key) => Buffer.from(data[key], 'base64').toString();
    return [...need(text(one, 'password').length === 32 && one.password !== two.password, 'not random'),
      ...need(one.password !== one['app-password'], "the API's role has the administrator's"),
      ...need(text(given, 'password') === 'p' && text(given, 'app-password').length === 32, 'the given one is not taken'),
      ...need(JSON.stringify(given) === JSON.stringify(again), 'not the same on upgrade')];
  });
}

async function testHelm(helm) {
  const immutables = new Map();
  await Promise.all(cases.map((one) => testCase(helm, one, immutables)));
  await test(`${helm}: lint`, async () => {
    const lint = async (one) => {
      const file = typeof one.values === 'string';
      const { status, stdout, stderr } = await run(helms[helm], ['lint', '--strict', chart, '-f', file ? one.values : '-'], file ? '' : toYaml(one.values ?? {}));
      return need(status === 0, `${one.name}: ${stdout}${stderr}`);
    };
    return (await Promise.all(cases.filter((one) => !one.kube).slice(0, 12).map(lint))).flat();
  });
  await Promise.all(refusals.map((refusal) => testRefusal(helm, refusal)));
  await Promise.all(upgradeRefusals.map((refusal) => testRefusal(helm, refusal, ['--is-upgrade'])));
  await testClosed(helm);
  await testImmutables(helm, immutables);
  await testPasswords(helm);
}

async function testText() {
  await test('every value is described', () => rows().filter((row) => !row.comment).map((row) => row.path));
  await test("the README's table is that of values.yaml (test/chart/readme writes it)", () =>
    need(fs.readFileSync(readmeFile, 'utf8') === readmeWithTable(), 'differs'));
  await test('every value is tried away from its default', () => {
    const at = (values, place) => place.split('.').reduce((value, key) => value?.[key], values);
    return rows().filter((row) => row.path !== 'postgresql.primary.service.type')
      .filter((row) => !cases.some((one) => {
        const value = at(valuesOf(one), row.path);
        return value !== undefined && JSON.stringify(value) !== JSON.stringify(row.value);
      })).map((row) => row.path);
  });
  await test('versions', () => {
    const { version, appVersion } = YAML.parse(fs.readFileSync(path.join(chart, 'Chart.yaml'), 'utf8'));
    const program = fs.readFileSync(path.join(root, 'VERSION'), 'utf8').trim();
    return [...need(appVersion === program, `appVersion ${appVersion}, program ${program}`), ...need(/^\d+\.\d+\.\d+$/.test(version), version)];
  });
  const data = process.env.TEST_DATA ?? path.join(root, '../shared/data');
  const promised = path.join(data, '../promised_chart_readme.md');
  if (!fs.existsSync(promised)) skip('the promised examples', 'the README that users hold is not here');
  else await test('the promised examples are in examples/, as they are', () => {
    const blocks = [...fs.readFileSync(promised, 'utf8').matchAll(/```yaml\n(.*?)```/gs)].map((match) => match[1]);
    const files = fs.readdirSync(path.join(chart, 'examples')).map((name) => fs.readFileSync(path.join(chart, 'examples', name), 'utf8'));
    return [...need(blocks.length === 3, `${blocks.length} examples`), ...blocks.filter((block) => !files.includes(block)).map((block) => `missing: ${block.slice(0, 60)}`)];
  });
  if (!known) skip('environment names', 'build/session-backend is not built');
  await test('dashboard and alerts use metrics that the program has', () => {
    const source = fs.readdirSync(path.join(root, 'fcgi-app')).filter((name) => /^metrics.*\.[ch]$/.test(name))
      .map((name) => fs.readFileSync(path.join(root, 'fcgi-app', name), 'utf8')).join('\n');
    const used = ['dashboard.json', 'alerts.yaml'].flatMap((name) => [...fs.readFileSync(path.join(chart, 'files', name), 'utf8').matchAll(/\bsession_backend_\w+/g)].map((match) => match[0]));
    const names = [...new Set(used)];
    return [...need(names.length >= 8, `only ${names.length} metrics are used`),
      ...names.filter((name) => !source.includes(`"${name.replace(/^session_backend_|_(bucket|sum|count)$/g, '')}"`)).map((name) => `no metric ${name}`)];
  });
}

/** Helm 4 renders the notes without a cluster; Helm 3 does not. */
async function testNotes() {
  const notes = async (values) => {
    const { stdout } = await run(helms['Helm 4'], ['install', 'session-backend', chart, '--dry-run=client', '-n', 'ns', '-f', '-'], toYaml(values));
    return stdout.split('NOTES:')[1] ?? '';
  };
  await test('notes', async () => {
    const [small, plain, ingress, external] = await Promise.all([notes({ sessionBackend: { resources: { limits: { memory: '256Mi' } } } }),
      notes({ postgresql: { auth: { password: 'p' } } }),
      notes({ ingress: { enabled: true, hosts: [{ host: 'a.example' }], tls: [{ secretName: 's', hosts: ['a.example'] }] }, sessionBackend: { image: { tag: 'latest' } } }),
      notes({ postgresql: { enabled: false }, externalPostgresql: { host: 'h', existingSecret: 's' }, sessionBackend: { auth: { existingSecret: 't' } } })]);
    return [...need(plain.includes('port-forward svc/session-backend 8001:8001'), 'no port-forward'), ...need(!plain.includes('generated'), 'says generated'),
      ...need(small.includes('about 404 MiB') && !plain.includes('MiB'), 'nothing of memory'),
      ...need(plain.includes('Access control is off'), 'nothing of access control'), ...need(ingress.includes('https://a.example'), 'no address'),
      ...need(ingress.includes('GitOps'), 'nothing for GitOps'), ...need(ingress.includes('"latest"'), 'nothing of latest'),
      ...need(external.length > 50 && !/Secret session-backend-postgresql|Access control is off/.test(external), external)];
  });
}

const start = Date.now();
await testText();
await testNotes();
for (const helm of Object.keys(helms)) await testHelm(helm);
console.log(`chart: ${((Date.now() - start) / 1000).toFixed(1)} s`);
console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exit(failed === 0 ? 0 : 1);
