// pod.mjs: the chart as podman can play it: the Deployment's and the StatefulSet's pods as they are rendered, with their
// Secrets and ConfigMaps; volumes become podman's. Prints YAML. Arguments: IMAGE POSTGRESQL-IMAGE PORT.
import { template, toYaml, helms } from './lib/tools.mjs';

const [image, postgresql, port] = process.argv.slice(2);
const { status, stderr, objects } = await template(Object.keys(helms)[0], {
  values: { sessionBackend: { workers: 4 }, postgresql: { auth: { password: 'pod-test' } } },
});
if (status !== 0) throw new Error(stderr);

const find = (kind) => objects.filter((object) => object.kind === kind);
const out = [...find('Secret'), ...find('ConfigMap')];
for (const owner of [...find('StatefulSet'), ...find('Deployment')]) {
  const { metadata, spec } = owner.spec.template;
  const { topologySpreadConstraints, serviceAccountName, automountServiceAccountToken, enableServiceLinks, ...rest } = spec;
  for (const container of [...(rest.initContainers ?? []), ...rest.containers]) {
    container.image = container.name === 'postgresql' ? postgresql : image;
    for (const one of container.ports ?? []) if (one.name === 'http') one.hostPort = Number(port);
    // podman's own limits of CPU and memory need a cgroup that it may write.
    delete container.resources;
  }
  // podman 4.3 knows no emptyDir with a medium or a limit.
  rest.volumes = rest.volumes.map((volume) => (volume.emptyDir ? { name: volume.name, emptyDir: {} } : volume));
  out.push({ apiVersion: 'v1', kind: 'Pod', metadata: { name: owner.metadata.name, labels: metadata.labels }, spec: rest });
}
console.log(out.map((object) => toYaml(object)).join('---\n'));
