// An operator on controller-runtime that does our operator's job: the peer that ours is measured against.
package main

import (
	"context"
	"flag"
	"os"

	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

func main() {
	kubeconfig := flag.String("kubeconfig-file", "", "")
	plan := flag.String("plan", "", "objects of one feed, with placeholders")
	metrics := flag.String("metrics", "127.0.0.1:0", "address of the metrics")
	concurrency := flag.Int("concurrency", 8, "feeds worked on at once")
	flag.Parse()
	log.SetLogger(zap.New(zap.WriteTo(os.Stderr)))
	must(run(*kubeconfig, *plan, *metrics, *concurrency))
}

func run(kubeconfig, plan, metrics string, concurrency int) error {
	template, err := readPlan(plan)
	if err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	// client-go would hold itself to 20 requests a second.
	config.QPS = -1
	config.UserAgent = "peer-controller-runtime"
	scheme := runtime.NewScheme()
	must(clientgoscheme.AddToScheme(scheme))
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:  scheme,
		Metrics: metricsserver.Options{BindAddress: metrics},
		Cache:   cacheOptions(),
	})
	if err != nil {
		return err
	}
	if err := setUp(manager, template, concurrency); err != nil {
		return err
	}
	return manager.Start(ctrl.SetupSignalHandler())
}

func must(err error) {
	if err != nil {
		log.FromContext(context.Background()).Error(err, "stopped")
		os.Exit(1)
	}
}
