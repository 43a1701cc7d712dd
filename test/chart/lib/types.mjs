// Judges objects field by field: unknown fields and wrong types by @kubernetes/client-node's tables of attributes,
// required fields, patterns and old API versions by kubernetes-models' validators.
import fs from 'node:fs';
import path from 'node:path';
import { load, loadCommon, modules } from './tools.mjs';

const tables = new Map();
async function table(type) {
  if (!tables.has(type)) {
    const file = `@kubernetes/client-node/dist/gen/models/${type}.js`;
    const known = fs.existsSync(path.join(modules, file));
    tables.set(type, known ? new Map((await load(file))[type].attributeTypeMap.map((a) => [a.baseName, a.type])) : null);
  }
  return tables.get(type);
}

async function walk(value, type, place, faults) {
  if (value === null || value === undefined) return void faults.push(`${place} is null`);
  const list = /^Array<(.*)>$/.exec(type);
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type);
  if (list) {
    if (!Array.isArray(value)) return void faults.push(`${place} is no list`);
    for (const [i, item] of value.entries()) await walk(item, list[1], `${place}[${i}]`, faults);
  } else if (map) {
    if (typeof value !== 'object' || Array.isArray(value)) return void faults.push(`${place} is no map`);
    for (const [key, item] of Object.entries(value)) await walk(item, map[1], `${place}.${key}`, faults);
  } else if (type === 'any' || type === 'object') {
    // anything
  } else if (type === 'IntOrString') {
    if (typeof value !== 'string' && !Number.isInteger(value)) faults.push(`${place} is neither number nor text`);
  } else if (['string', 'number', 'boolean'].includes(type)) {
    if (typeof value !== type) faults.push(`${place} is a ${typeof value}, not a ${type}`);
  } else {
    const fields = await table(type);
    if (!fields) throw new Error(`no table for ${type}`);
    if (typeof value !== 'object' || Array.isArray(value)) return void faults.push(`${place} is no ${type}`);
    for (const [key, item] of Object.entries(value)) {
      if (!fields.has(key)) faults.push(`${place}.${key} is no field of ${type}`);
      else await walk(item, fields.get(key), `${place}.${key}`, faults);
    }
  }
}

// apiVersion -> prefix of the class in client-node (the old versions have the same fields), file in kubernetes-models.
const versions = {
  v1: ['V1', 'kubernetes-models/_schemas/IoK8sApiCoreV1'],
  'apps/v1': ['V1', 'kubernetes-models/_schemas/IoK8sApiAppsV1'],
  'batch/v1': ['V1', 'kubernetes-models/_schemas/IoK8sApiBatchV1'],
  'batch/v1beta1': ['V1', 'kubernetes-models/_schemas/IoK8sApiBatchV1beta1'],
  'policy/v1': ['V1', 'kubernetes-models/_schemas/IoK8sApiPolicyV1'],
  'policy/v1beta1': ['V1', 'kubernetes-models/_schemas/IoK8sApiPolicyV1beta1'],
  'autoscaling/v2': ['V2', 'kubernetes-models/_schemas/IoK8sApiAutoscalingV2'],
  'autoscaling/v2beta2': ['V2', 'kubernetes-models/_schemas/IoK8sApiAutoscalingV2beta2'],
  'networking.k8s.io/v1': ['V1', 'kubernetes-models/_schemas/IoK8sApiNetworkingV1'],
  'monitoring.coreos.com/v1': [null, '@kubernetes-models/prometheus-operator/_schemas/MonitoringCoreosComV1'],
};

/** What is wrong with one object, as a list of sentences. */
export async function typeFaults(object) {
  const faults = [];
  const version = versions[object.apiVersion];
  if (!version) return [`unknown apiVersion ${object.apiVersion}`];
  const name = `${object.kind} ${object.metadata?.name}`;
  if (version[0]) await walk(object, version[0] + object.kind, name, faults);
  const file = `${version[1]}${object.kind}.js`;
  if (!fs.existsSync(path.join(modules, file))) return [...faults, `${name}: ${object.apiVersion} has no such kind`];
  const { validate } = loadCommon(file);
  if (!validate(object)) {
    for (const fault of validate.errors) faults.push(`${name}${fault.instancePath} ${fault.message ?? fault.keyword} ${JSON.stringify(fault.params)}`);
  }
  return faults;
}
