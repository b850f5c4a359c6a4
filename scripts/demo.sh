#!/usr/bin/env bash
# make demo: builds Swiftlet, runs it with a private containerd below .demo/, and shows a manifest file become a pod.
# A second run uses what is there. `make demo-down` undoes it.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
# shellcheck source=scripts/processes.sh
. "$(dirname "$0")/processes.sh"

need_root
demo=$ROOT/.demo
node=k8s-01
pod=nginx-$node
log=$demo/server.log
# A first debug build takes a good third less time than a release build, and `make test` then has it done already.
configuration=${CONFIGURATION:-debug}

kube() {
    kubectl --kubeconfig "$demo/admin.conf" --cache-dir "$demo/kubectl-cache" --request-timeout 10s "$@"
}

server_pids() {
    processes_with swiftlet "$demo"
}

# Prints PORT, or the next free one if something listens there.
free_port() {
    local port=$1
    while [ -n "$(ss --no-header --listening --tcp --numeric "sport = :$port")" ]; do
        port=$((port + 1))
    done
    printf '%s\n' "$port"
}

# wait_for SECONDS WHAT COMMAND... - runs COMMAND until it succeeds, showing that time passes.
wait_for() {
    local seconds=$1 what=$2 start=$SECONDS
    shift 2
    printf '==> waiting for %s ' "$what" >&2
    until "$@" >/dev/null 2>&1; do
        if ! alive "$(cat "$demo/server.pid")"; then
            printf '\n' >&2
            tail -n 15 "$log" >&2
            die "the server has ended; the whole log is $log"
        fi
        if [ $((SECONDS - start)) -ge "$seconds" ]; then
            printf '\n' >&2
            kube get pods,nodes >&2 || true
            tail -n 15 "$log" >&2
            die "no $what after $seconds s; the whole log is $log"
        fi
        printf '.' >&2
        sleep 0.5
    done
    printf ' %s s\n' "$((SECONDS - start))" >&2
}

write_configuration() {
    local refuse_v1=true
    [ "$(stat --file-system --format %T /sys/fs/cgroup)" = cgroup2fs ] || refuse_v1=false
    cat >"$demo/kubelet-config.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
staticPodPath: $demo/manifests
podLogsDir: $demo/log/pods
cgroupRoot: /swiftlet-demo
failCgroupV1: $refuse_v1
healthzPort: $(free_port 10248)
YAML
}

start_server() {
    local binary=$1 port kubelet_port
    port=$(free_port 6443)
    kubelet_port=$(free_port 10250)
    write_configuration
    say "starting swiftlet server (API on port $port, kubelet on port $kubelet_port, log in .demo/server.log)"
    setsid "$binary" server --data-dir "$demo" --node-name "$node" --config "$demo/kubelet-config.yaml" \
        --port "$port" --kubelet-port "$kubelet_port" </dev/null >>"$log" 2>&1 &
    printf '%s\n' "$!" >"$demo/server.pid"
}

# A server of an older build makes room for the new one; its pods run on meanwhile.
stop_outdated_server() {
    local pid
    for pid in $(server_pids); do
        if [ "$(readlink "/proc/$pid/exe")" != "$1" ]; then
            say "restarting the server, which is of an older build"
            terminate 30 "$pid"
        fi
    done
}

node_ready() {
    [ "$(kube get node "$node" --output 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')" = True ]
}

pod_ready() {
    [ "$(kube get pod "$pod" --output 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')" = True ]
}

page() {
    curl --silent --show-error --fail --noproxy '*' --max-time 5 "http://$1/"
}

say "building (the first time takes some minutes)"
binary=$(build_product "$configuration" swiftlet)
binary=$(readlink -f "$binary")

mkdir -p "$demo/manifests" "$demo/images"
chmod 0700 "$demo"
cp "$("$ROOT/scripts/images.sh")"/*.tar "$demo/images/"

stop_outdated_server "$binary"
running=$(server_pids)
if [ -n "$running" ]; then
    printf '%s\n' "$running" >"$demo/server.pid"
else
    start_server "$binary"
fi
wait_for 60 containerd ctr --address "$demo/containerd/containerd.sock" --connect-timeout 1s version
"$ROOT/scripts/import-images.sh" "$demo/containerd/containerd.sock" "$demo/images"
wait_for 60 "node $node to be Ready" node_ready

# Renamed into place, so that the kubelet never reads half a file.
say "dropping Examples/static-nginx.yaml into .demo/manifests"
cp "$ROOT/Examples/static-nginx.yaml" "$demo/.static-nginx.yaml"
mv "$demo/.static-nginx.yaml" "$demo/manifests/static-nginx.yaml"
wait_for 60 "pod $pod to be Running" pod_ready

printf '\n$ kubectl get pods\n'
kube get pods
ip=$(kube get pod "$pod" --output 'jsonpath={.status.podIP}')
wait_for 10 "the page" page "$ip"
printf '\n$ curl http://%s/\n' "$ip"
page "$ip"
cat <<TEXT

It works. Three commands to try next:

  export KUBECONFIG=$demo/admin.conf

  kubectl describe pod $pod
  kubectl exec -it $pod -- sh
  rm $demo/manifests/static-nginx.yaml; kubectl get pods --watch

make demo-down removes everything again.
TEXT
