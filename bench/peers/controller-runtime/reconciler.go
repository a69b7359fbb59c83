package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	ctrlbuilder "sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
)

const (
	manager   = "peer-controller-runtime"
	finalizer = "tributary.dev/cleanup"
	hashKey   = "tributary.dev/applied-hash"
	managedBy = "app.kubernetes.io/managed-by"
	// Where the plan says which feed an object in Strimzi's namespace is of.
	feedNamespace = "tributary.dev/feed-namespace"
	feedName      = "tributary.dev/feed-name"
)

var (
	feeds  = kind("tributary.dev", "v1alpha1", "StreamSource")
	topics = kind("kafka.strimzi.io", "v1", "KafkaTopic")
	users  = kind("kafka.strimzi.io", "v1", "KafkaUser")
	ours   = labels.SelectorFromSet(labels.Set{managedBy: "tributary"})
)

func kind(group, version, name string) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(schema.GroupVersionKind{Group: group, Version: version, Kind: name})
	return object
}

func owned() []client.Object {
	return []client.Object{
		&appsv1.Deployment{}, &corev1.ConfigMap{}, &networkingv1.NetworkPolicy{}, &corev1.PersistentVolumeClaim{},
	}
}

// The same as ours: only what carries the label, and of Secrets, beside its own, those that Strimzi makes for users, which carry a
// label of Strimzi's; managedFields are dropped.
func cacheOptions() cache.Options {
	makers, err := labels.NewRequirement(managedBy, selection.In, []string{"tributary", "strimzi-user-operator"})
	must(err)
	secrets := labels.NewSelector().Add(*makers)
	byObject := map[client.Object]cache.ByObject{
		topics: {Label: ours}, users: {Label: ours}, &corev1.Secret{}: {Label: secrets},
	}
	for _, object := range owned() {
		byObject[object] = cache.ByObject{Label: ours}
	}
	return cache.Options{ByObject: byObject, DefaultTransform: cache.TransformStripManagedFields()}
}

type reconciler struct {
	client.Client
	plan *plan
}

func setUp(mgr ctrl.Manager, plan *plan, concurrency int) error {
	tracked := handler.EnqueueRequestsFromMapFunc(func(_ context.Context, object client.Object) []ctrl.Request {
		name := types.NamespacedName{Namespace: object.GetLabels()[feedNamespace], Name: object.GetLabels()[feedName]}
		if name.Name == "" {
			return nil
		}
		return []ctrl.Request{{NamespacedName: name}}
	})
	// A Secret of Strimzi may be seen a little later than its user: it has the user's name.
	passwords := handler.EnqueueRequestsFromMapFunc(func(_ context.Context, object client.Object) []ctrl.Request {
		for _, component := range []string{".producer", ".consumer"} {
			feed, isUser := strings.CutSuffix(object.GetName(), component)
			namespace, name, isFeed := strings.Cut(feed, ".")
			if isUser && isFeed {
				return []ctrl.Request{{NamespacedName: types.NamespacedName{Namespace: namespace, Name: name}}}
			}
		}
		return nil
	})
	builder := ctrl.NewControllerManagedBy(mgr).
		Named("streamsource").
		// What a scaffold shows: its own status writes do not bring it back.
		For(feeds, ctrlbuilder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Owns(&corev1.Secret{}).
		Watches(topics, tracked).
		Watches(users, tracked).
		Watches(&corev1.Secret{}, passwords).
		WithOptions(controller.Options{MaxConcurrentReconciles: concurrency})
	for _, object := range owned() {
		builder = builder.Owns(object)
	}
	return builder.Complete(&reconciler{Client: mgr.GetClient(), plan: plan})
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	feed := feeds.DeepCopy()
	if err := r.Get(ctx, request.NamespacedName, feed); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !controllerutil.ContainsFinalizer(feed, finalizer) {
		before := feed.DeepCopy()
		controllerutil.AddFinalizer(feed, finalizer)
		patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
		if err := r.Patch(ctx, feed, patch, client.FieldOwner(manager)); err != nil {
			return ctrl.Result{}, err
		}
	}
	known := values{namespace: feed.GetNamespace(), name: feed.GetName(), uid: string(feed.GetUID())}
	if err := r.ensureAll(ctx, known, r.plan.First); err != nil {
		return ctrl.Result{}, err
	}
	answered, err := r.askStrimzi(ctx, &known)
	if err != nil || !answered {
		// The watches of topics, users and their Secrets bring it back.
		return ctrl.Result{}, err
	}
	if err := r.ensureAll(ctx, known, r.plan.Rest); err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{}, r.writeStatus(ctx, feed, known)
}

// Whether topics and users are Ready; takes the topic's id and the passwords from them.
func (r *reconciler) askStrimzi(ctx context.Context, known *values) (bool, error) {
	planned, err := known.objects(r.plan.First)
	if err != nil {
		return false, err
	}
	full := known.namespace + "." + known.name
	for _, object := range planned {
		seen := kind(object.GroupVersionKind().Group, object.GroupVersionKind().Version, object.GetKind())
		if err := r.Get(ctx, client.ObjectKeyFromObject(object), seen); err != nil {
			return false, client.IgnoreNotFound(err)
		}
		if observed, _, _ := unstructured.NestedInt64(seen.Object, "status", "observedGeneration"); observed != seen.GetGeneration() {
			return false, nil
		}
		if seen.GetKind() == "KafkaTopic" {
			if seen.GetName() == full {
				known.topicID, _, _ = unstructured.NestedString(seen.Object, "status", "topicId")
			}
			continue
		}
		secret := &corev1.Secret{}
		if err := r.Get(ctx, client.ObjectKeyFromObject(object), secret); err != nil {
			return false, client.IgnoreNotFound(err)
		}
		password := base64.StdEncoding.EncodeToString(secret.Data["password"])
		if seen.GetName() == full+".producer" {
			known.producerPassword = password
		} else {
			known.consumerPassword = password
		}
	}
	return known.topicID != "" && known.producerPassword != "" && known.consumerPassword != "", nil
}

func (r *reconciler) ensureAll(ctx context.Context, known values, templates []json.RawMessage) error {
	objects, err := known.objects(templates)
	if err != nil {
		return err
	}
	for _, object := range objects {
		if err := r.ensure(ctx, object); err != nil {
			return err
		}
	}
	return nil
}

// Applies the object unless the cached one carries the hash of just this.
func (r *reconciler) ensure(ctx context.Context, object *unstructured.Unstructured) error {
	content, err := json.Marshal(object.Object)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	hash := base64.RawURLEncoding.EncodeToString(sum[:])[:22]
	seen := cached(object)
	switch err := r.Get(ctx, client.ObjectKeyFromObject(object), seen); {
	case err == nil && seen.GetAnnotations()[hashKey] == hash:
		return nil
	case err != nil && !apierrors.IsNotFound(err):
		return err
	}
	annotations := object.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[hashKey] = hash
	object.SetAnnotations(annotations)
	return r.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), client.FieldOwner(manager), client.ForceOwnership)
}

// An empty object of the type that the cache holds for this kind.
func cached(object *unstructured.Unstructured) client.Object {
	switch object.GetKind() {
	case "Deployment":
		return &appsv1.Deployment{}
	case "ConfigMap":
		return &corev1.ConfigMap{}
	case "Secret":
		return &corev1.Secret{}
	case "NetworkPolicy":
		return &networkingv1.NetworkPolicy{}
	case "PersistentVolumeClaim":
		return &corev1.PersistentVolumeClaim{}
	default:
		return kind(object.GroupVersionKind().Group, object.GroupVersionKind().Version, object.GetKind())
	}
}

func (r *reconciler) writeStatus(ctx context.Context, feed *unstructured.Unstructured, known values) error {
	status, err := known.status(r.plan.Status)
	if err != nil {
		return err
	}
	if reflect.DeepEqual(feed.Object["status"], any(status)) {
		return nil
	}
	feed.Object["status"] = status
	return r.Status().Update(ctx, feed, client.FieldOwner(manager))
}
