package main

import (
	"encoding/json"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// What our operator applied for one feed, with placeholders for what differs between feeds.
type plan struct {
	// Before Strimzi has answered, and after.
	First []json.RawMessage `json:"first"`
	Rest  []json.RawMessage `json:"rest"`
	// What the StreamSource says once all is applied.
	Status json.RawMessage `json:"status"`
}

func readPlan(path string) (*plan, error) {
	bytes, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var read plan
	return &read, json.Unmarshal(bytes, &read)
}

// What is put into the placeholders of one feed.
type values struct{ namespace, name, uid, topicID, producerPassword, consumerPassword string }

func (v values) replacer() *strings.Replacer {
	return strings.NewReplacer(
		"{{namespace}}", v.namespace, "{{name}}", v.name, "{{uid}}", v.uid, "{{topicId}}", v.topicID,
		"{{producerPassword}}", v.producerPassword, "{{consumerPassword}}", v.consumerPassword,
	)
}

func (v values) objects(templates []json.RawMessage) ([]*unstructured.Unstructured, error) {
	replacer := v.replacer()
	objects := make([]*unstructured.Unstructured, 0, len(templates))
	for _, template := range templates {
		object := &unstructured.Unstructured{}
		if err := json.Unmarshal([]byte(replacer.Replace(string(template))), &object.Object); err != nil {
			return nil, err
		}
		objects = append(objects, object)
	}
	return objects, nil
}

func (v values) status(template json.RawMessage) (map[string]any, error) {
	status := map[string]any{}
	// With whole numbers, as the cache has them: else no status would ever equal the one that was written.
	return status, utiljson.Unmarshal([]byte(v.replacer().Replace(string(template))), &status)
}
