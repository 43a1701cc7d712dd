// What build/chart holds (test/chart/tools.bash put it there), and Helm itself.
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
export const chart = path.join(root, 'helm-chart/session-backend');
export const build = path.join(root, 'build/chart');
const require = createRequire(path.join(build, 'package.json'));
export const YAML = require('yaml');
const dialect = { version: '1.1' }; // as Helm and Kubernetes read it: `on` and `yes` are booleans
export const toYaml = (value) => YAML.stringify(value, dialect);
export const modules = path.join(build, 'node_modules');
export const load = (file) => import(pathToFileURL(path.join(modules, file)).href);
export const loadCommon = (file) => require(path.join(modules, file));
export const helms = { 'Helm 3': path.join(build, 'helm3'), 'Helm 4': path.join(build, 'helm4') };

let running = 0;
const waiting = [];
/** Runs a program, two at a time; never throws for its exit status. */
export async function run(program, args, input = '') {
  while (running >= 2) await new Promise((go) => waiting.push(go));
  running++;
  try {
    return await new Promise((done) => {
      const child = execFile(program, args, { maxBuffer: 64 << 20, env: { ...process.env, KUBECONFIG: '/dev/null' } },
        (error, stdout, stderr) => done({ status: error ? (error.code ?? 1) : 0, stdout, stderr }));
      child.stdin.on('error', () => {});
      child.stdin.end(input);
    });
  } finally {
    running--;
    waiting.shift()?.();
  }
}

/** Renders the chart: { status, stderr, objects }. `values` is a map or a file's name. */
export async function template(helm, { values = {}, release = 'session-backend', kube, args = [], from = chart } = {}) {
  const file = typeof values === 'string';
  const all = ['template', release, from, '--namespace', 'ns', '-f', file ? values : '-', ...args];
  if (kube) all.push('--kube-version', kube);
  const { status, stdout, stderr } = await run(helms[helm], all, file ? '' : toYaml(values));
  const objects = status === 0
    ? YAML.parseAllDocuments(stdout, { ...dialect, strict: true, uniqueKeys: true })
      .map((document) => {
        if (document.errors.length > 0) throw new Error(`${release}: ${document.errors[0].message}`);
        return document.toJS();
      }).filter((object) => object !== null)
    : [];
  return { status, stderr, stdout, objects };
}
