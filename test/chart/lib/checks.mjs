// What must hold for every rendering, whatever the values. Each check returns a list of sentences.
const of = (objects, kind) => objects.filter((object) => object.kind === kind);

/** Pod templates with the object that owns them. */
export function pods(objects) {
  return objects.flatMap((object) => {
    if (object.kind === 'Pod') return [{ owner: object, metadata: object.metadata, spec: object.spec }];
    if (object.kind === 'Deployment' || object.kind === 'StatefulSet') return [{ owner: object, ...object.spec.template }];
    if (object.kind === 'CronJob') return [{ owner: object, ...object.spec.jobTemplate.spec.template }];
    return [];
  });
}
const containers = (pod) => [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
const matches = (selector, labels) =>
  Object.entries(selector.matchLabels ?? selector).every(([key, value]) => labels[key] === value);
const component = (object) => object.metadata.labels['app.kubernetes.io/component'];
const title = (object) => `${object.kind} ${object.metadata.name}`;

export function names(objects) {
  const faults = [];
  const seen = new Set();
  const longest = { StatefulSet: 52, CronJob: 52, Pod: 63, Service: 63, Deployment: 63 };
  for (const object of objects) {
    const { name } = object.metadata;
    if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) faults.push(`${title(object)}: not a name`);
    if (name.length > (longest[object.kind] ?? 63)) faults.push(`${title(object)}: ${name.length} characters`);
    if (seen.has(title(object))) faults.push(`${title(object)}: twice`);
    seen.add(title(object));
    if (object.metadata.namespace !== 'ns') faults.push(`${title(object)}: namespace ${object.metadata.namespace}`);
  }
  const labels = [...objects.map((o) => o.metadata.labels ?? {}), ...pods(objects).map((p) => p.metadata.labels)];
  for (const [key, value] of labels.flatMap(Object.entries)) {
    if (!/^$|^[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$/.test(value)) faults.push(`label ${key}=${value}`);
  }
  for (const pod of pods(objects)) {
    for (const container of containers(pod)) {
      for (const port of container.ports ?? []) if (port.name.length > 15) faults.push(`port name ${port.name}`);
    }
  }
  return faults;
}

/** Every selector finds the pods of the component that it means, all of them, and no others. */
export function selectors(objects) {
  const faults = [];
  const all = pods(objects);
  const expect = (what, selector, wanted) => {
    if (Object.keys(selector.matchLabels ?? selector).length === 0) return void faults.push(`${what}: empty selector`);
    for (const pod of all) {
      const is = pod.metadata.labels['app.kubernetes.io/component'] === wanted;
      if (matches(selector, pod.metadata.labels) !== is) faults.push(`${what}: ${is ? 'misses' : 'takes'} ${title(pod.owner)}`);
    }
  };
  for (const object of objects) {
    const { spec } = object;
    const what = title(object);
    if (object.kind === 'Service') expect(what, spec.selector, component(object));
    if (['Deployment', 'StatefulSet', 'PodDisruptionBudget'].includes(object.kind)) expect(what, spec.selector, component(object));
    if (object.kind === 'NetworkPolicy') {
      expect(what, spec.podSelector, component(object));
      for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
        for (const peer of [...(rule.from ?? []), ...(rule.to ?? [])]) {
          const wanted = peer.podSelector?.matchLabels?.['app.kubernetes.io/component'];
          if (wanted && !peer.namespaceSelector) expect(`${what}'s peer`, peer.podSelector, wanted);
        }
      }
    }
    if (object.kind === 'Deployment') {
      for (const spread of spec.template.spec.topologySpreadConstraints ?? []) expect(`${what}'s spread`, spread.labelSelector, 'api');
    }
    if (object.kind === 'ServiceMonitor') {
      const services = of(objects, 'Service').filter((service) => matches(spec.selector, service.metadata.labels));
      if (services.length !== 1 || component(services[0]) !== 'api') faults.push(`${what}: finds ${services.length} Services`);
      for (const endpoint of spec.endpoints) {
        if (!services.some((s) => s.spec.ports.some((port) => port.name === endpoint.port))) faults.push(`${what}: port ${endpoint.port}`);
      }
    }
    if (object.kind === 'HorizontalPodAutoscaler') {
      const { kind, name } = spec.scaleTargetRef;
      const target = of(objects, kind).find((o) => o.metadata.name === name);
      if (!target) faults.push(`${what}: no ${kind} ${name}`);
      else if ('replicas' in target.spec) faults.push(`${title(target)}: has replicas beside an autoscaler`);
    }
  }
  const api = of(objects, 'Deployment');
  if (api.length !== 1 || component(api[0]) !== 'api') faults.push('not one Deployment of the API');
  return faults;
}

const environment = (container) => new Map((container.env ?? []).map((entry) => [entry.name, entry]));

/** From Service over the pod's port to lighttpd's setting; probes, Ingress, policies, database and test as well. */
export function ports(objects) {
  const faults = [];
  const agree = (what, a, b) => { if (String(a) !== String(b)) faults.push(`${what}: ${a} and ${b}`); };
  const services = of(objects, 'Service');
  const api = of(objects, 'Deployment')[0];
  const service = services.find((s) => component(s) === 'api');
  const lighttpd = api.spec.template.spec.containers.find((c) => c.name === 'lighttpd');
  const port = lighttpd.ports[0].containerPort;
  agree('lighttpd PORT', environment(lighttpd).get('PORT').value, port);
  agree('Service targetPort', service.spec.ports[0].targetPort, port);
  for (const container of api.spec.template.spec.containers) {
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      const get = container[probe]?.httpGet;
      if (!get) continue;
      agree(`${container.name} ${probe}`, get.port === 'http' && container.ports ? port : get.port, port);
      agree(`${container.name} ${probe} scheme`, get.scheme, environment(container).has('TLS_CERTIFICATE') ? 'HTTPS' : 'HTTP');
    }
  }
  for (const ingress of of(objects, 'Ingress')) {
    for (const { backend } of ingress.spec.rules.flatMap((rule) => rule.http.paths)) {
      agree('Ingress backend', backend.service.name, service.metadata.name);
      agree('Ingress port', backend.service.port.number, service.spec.ports[0].port);
    }
  }
  const test = of(objects, 'Pod')[0];
  const url = new URL(environment(test.spec.containers[0]).get('URL').value);
  agree('test host', url.hostname, service.metadata.name);
  agree('test port', url.port || { 'http:': 80, 'https:': 443 }[url.protocol], service.spec.ports[0].port);
  const database = services.find((s) => component(s) === 'database' && s.spec.clusterIP !== 'None');
  const set = of(objects, 'StatefulSet')[0];
  if (set) {
    agree('StatefulSet serviceName', services.some((s) => s.metadata.name === set.spec.serviceName && s.spec.clusterIP === 'None'), true);
    for (const s of services.filter((one) => component(one) === 'database')) {
      agree(`${title(s)} targetPort`, s.spec.ports[0].targetPort, set.spec.template.spec.containers[0].ports[0].containerPort);
    }
    for (const pod of pods(objects).filter((p) => ['Deployment', 'CronJob'].includes(p.owner.kind))) {
      for (const container of containers(pod)) {
        const env = environment(container);
        if (env.get('POSTGRES_HOST')?.value !== database.metadata.name) continue;
        agree(`${container.name} POSTGRES_PORT`, env.get('POSTGRES_PORT').value, database.spec.ports[0].port);
        agree(`${container.name} POSTGRES_DB`, env.get('POSTGRES_DB').value,
          environment(set.spec.template.spec.containers[0]).get('POSTGRES_DB').value);
      }
    }
  }
  for (const policy of of(objects, 'NetworkPolicy')) {
    const listens = { api: port, database: 5432 }[component(policy)];
    if (listens) agree(`${title(policy)} ingress`, policy.spec.ingress[0].ports[0].port, listens);
  }
  return faults;
}

/** Every Secret, ConfigMap, claim, volume and account that is named is there, or is one the user brings. */
export function references(objects, brought) {
  const faults = [];
  const has = (kind, name, key) => {
    if (brought.includes(name)) return true;
    const object = of(objects, kind).find((o) => o.metadata.name === name);
    return object && (!key || key in (object.data ?? {}));
  };
  for (const pod of pods(objects)) {
    const need = (kind, name, key) => {
      if (!has(kind, name, key)) faults.push(`${title(pod.owner)}: no ${kind} ${name}${key ? ` with ${key}` : ''}`);
    };
    if (pod.spec.serviceAccountName !== 'default') need('ServiceAccount', pod.spec.serviceAccountName);
    const volumes = new Set();
    for (const volume of pod.spec.volumes ?? []) {
      volumes.add(volume.name);
      if (volume.secret) need('Secret', volume.secret.secretName);
      if (volume.configMap) need('ConfigMap', volume.configMap.name);
      if (volume.persistentVolumeClaim) need('PersistentVolumeClaim', volume.persistentVolumeClaim.claimName);
    }
    for (const container of containers(pod)) {
      const seen = new Set();
      for (const entry of container.env ?? []) {
        if (seen.has(entry.name)) faults.push(`${title(pod.owner)} ${container.name}: ${entry.name} twice`);
        seen.add(entry.name);
        const ref = entry.valueFrom?.secretKeyRef;
        if (ref) need('Secret', ref.name, ref.key);
      }
      const paths = new Set();
      for (const mount of container.volumeMounts ?? []) {
        if (!volumes.has(mount.name)) faults.push(`${title(pod.owner)} ${container.name}: no volume ${mount.name}`);
        if (paths.has(mount.mountPath)) faults.push(`${title(pod.owner)} ${container.name}: ${mount.mountPath} twice`);
        paths.add(mount.mountPath);
      }
    }
  }
  return faults;
}

/** Pod Security "restricted" and what the chart promises beyond it. */
export function restricted(objects) {
  const faults = [];
  for (const pod of pods(objects)) {
    const what = title(pod.owner);
    const { securityContext: context = {} } = pod.spec;
    if (context.runAsNonRoot !== true || !(context.runAsUser > 0)) faults.push(`${what}: may be root`);
    if (context.seccompProfile?.type !== 'RuntimeDefault') faults.push(`${what}: no seccomp profile`);
    if (pod.spec.automountServiceAccountToken !== false) faults.push(`${what}: has a token`);
    if (pod.spec.enableServiceLinks !== false) faults.push(`${what}: has service links`);
    for (const container of containers(pod)) {
      const own = container.securityContext ?? {};
      const where = `${what} ${container.name}`;
      if (own.allowPrivilegeEscalation !== false) faults.push(`${where}: may escalate`);
      if (own.readOnlyRootFilesystem !== true) faults.push(`${where}: root file system is writable`);
      if (JSON.stringify(own.capabilities?.drop) !== '["ALL"]') faults.push(`${where}: keeps capabilities`);
      for (const kind of ['cpu', 'memory']) {
        if (!container.resources?.requests?.[kind]) faults.push(`${where}: no ${kind} request`);
      }
    }
  }
  return faults;
}

/** preStop + longest request + 5 s, and workers that outlast lighttpd. */
export function grace(objects) {
  const { spec } = of(objects, 'Deployment')[0].spec.template;
  const faults = [];
  const number = (name, key) => Number(environment(spec.containers.find((c) => c.name === name)).get(key).value);
  const drain = number('lighttpd', 'DRAIN_SECONDS');
  const longest = number('lighttpd', 'SHUTDOWN_TIMEOUT');
  if (spec.terminationGracePeriodSeconds !== drain + longest + 5) faults.push(`grace ${spec.terminationGracePeriodSeconds}`);
  if (number('workers', 'SHUTDOWN_TIMEOUT') < drain + longest) faults.push('workers end before lighttpd');
  return faults;
}

const libpq = /^PG(SSL\w+|TARGETSESSIONATTRS|APPNAME|CONNECT_TIMEOUT|OPTIONS|PASSFILE|KRBSRVNAME|GSS\w+|SERVICE\w*|CHANNELBINDING|REQUIREAUTH|LOADBALANCEHOSTS)$/;
/** Names in the environment that the program that reads them does not know. */
export function unknownEnvironment(objects, settings) {
  const faults = [];
  const extra = { migrate: ['MIGRATE_ROLE', 'MIGRATE_PASSWORD'] };
  for (const container of of(objects, 'Deployment').flatMap((o) => containers(o.spec.template))) {
    for (const { name } of container.env ?? []) {
      if (!settings.has(name) && !libpq.test(name) && !extra[container.name]?.includes(name)) faults.push(`${container.name}: ${name}`);
    }
  }
  return faults;
}

/** What Kubernetes never lets anyone change, as text to compare. */
export function immutable(objects) {
  const kept = {};
  for (const object of objects) {
    const { spec } = object;
    if (object.kind === 'Deployment') kept[title(object)] = spec.selector;
    if (object.kind === 'StatefulSet') {
      const { replicas, template, updateStrategy, persistentVolumeClaimRetentionPolicy, minReadySeconds, ordinals, revisionHistoryLimit, ...rest } = spec;
      kept[title(object)] = rest;
    }
    if (object.kind === 'PersistentVolumeClaim') kept[title(object)] = { ...spec, resources: undefined };
  }
  return JSON.stringify(kept);
}
