/** What `languages.test.ts` has the clients of Go do, and print as JSON. */
export const GO_PROGRAM = `package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"cloud.google.com/go/bigtable"
	"cloud.google.com/go/pubsub/v2"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/status"
)

const wait = 2 * time.Minute

var (
	language = os.Getenv("LANGUAGE")
	report   = map[string]any{}
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

type streamer struct {
	context.Context
	*pubsub.Client
}

func (s streamer) topic(name string) string {
	topic := fmt.Sprintf("projects/p-1/topics/%s-%s", language, name)
	must(s.TopicAdminClient.CreateTopic(s, &pb.Topic{Name: topic}))
	return topic
}

func (s streamer) subscription(name, topic string, settings *pb.Subscription) string {
	settings.Name = fmt.Sprintf("projects/p-1/subscriptions/%s-%s", language, name)
	settings.Topic = topic
	must(s.SubscriptionAdminClient.CreateSubscription(s, settings))
	return settings.Name
}

// collect streams until so many messages came, and gives what answer says of each.
func (s streamer) collect(subscription string, count int, timeout time.Duration, answer func(*pubsub.Message) any) []any {
	ctx, cancel := context.WithTimeout(s, timeout)
	defer cancel()
	var lock sync.Mutex
	seen := []any{}
	check(s.Subscriber(subscription).Receive(ctx, func(_ context.Context, message *pubsub.Message) {
		value := answer(message)
		lock.Lock()
		defer lock.Unlock()
		if seen = append(seen, value); len(seen) == count {
			cancel()
		}
	}))
	if len(seen) != count {
		panic(fmt.Sprint(len(seen), " of ", count, " messages of ", subscription))
	}
	return seen
}

func confirm(message *pubsub.Message) any {
	if status := must(message.AckWithResult().Get(context.Background())); status != pubsub.AcknowledgeStatusSuccess {
		panic(status)
	}
	return string(message.Data)
}

func stream(ctx context.Context) {
	client := must(pubsub.NewClient(ctx, "p-1"))
	defer client.Close()
	s := streamer{ctx, client}

	// In order, exactly once, confirmed.
	topic := s.topic("ordered")
	ordered := s.subscription("ordered", topic, &pb.Subscription{EnableMessageOrdering: true, EnableExactlyOnceDelivery: true})
	publisher := s.Publisher(topic)
	publisher.EnableMessageOrdering = true
	results := []*pubsub.PublishResult{}
	for number := range 200 {
		results = append(results, publisher.Publish(ctx, &pubsub.Message{Data: []byte(strconv.Itoa(number)), OrderingKey: "k"}))
	}
	ids := map[string]bool{}
	for _, result := range results {
		ids[must(result.Get(ctx))] = true
	}
	report["published"], report["ordered"] = len(ids), s.collect(ordered, 200, wait, confirm)

	// A lease that ends while a stream has nothing to do; then the stream gets what is published.
	topic = s.topic("idle")
	leased := s.subscription("leased", topic, &pb.Subscription{AckDeadlineSeconds: 10, EnableExactlyOnceDelivery: true})
	publisher = s.Publisher(topic)
	must(publisher.Publish(ctx, &pubsub.Message{Data: []byte("leased")}).Get(ctx))
	pull := func() *pb.ReceivedMessage {
		return must(s.SubscriptionAdminClient.Pull(ctx, &pb.PullRequest{Subscription: leased, MaxMessages: 1})).ReceivedMessages[0]
	}
	acknowledge := func(message *pb.ReceivedMessage) error {
		return s.SubscriptionAdminClient.Acknowledge(ctx, &pb.AcknowledgeRequest{Subscription: leased, AckIds: []string{message.AckId}})
	}
	pulled := pull()
	idle := s.subscription("idle", topic, &pb.Subscription{})
	idling := time.Duration(must(strconv.Atoi(os.Getenv("IDLE_SECONDS")))) * time.Second
	time.AfterFunc(idling, func() { publisher.Publish(ctx, &pubsub.Message{Data: []byte("awake")}) })
	report["idle"] = s.collect(idle, 1, wait+idling, confirm)
	report["late"] = status.Code(acknowledge(pulled))
	again := pull()
	check(acknowledge(again))
	report["again"] = again.Message.MessageId == pulled.Message.MessageId

	// Rejected five times, and then a dead letter.
	topic, letters := s.topic("rejected"), s.topic("letters")
	buried := s.subscription("letters", letters, &pb.Subscription{})
	policy := &pb.DeadLetterPolicy{DeadLetterTopic: letters, MaxDeliveryAttempts: 5}
	rejected := s.subscription("rejected", topic, &pb.Subscription{DeadLetterPolicy: policy})
	must(s.Publisher(topic).Publish(ctx, &pubsub.Message{Data: []byte("poison"), Attributes: map[string]string{"kind": "test"}}).Get(ctx))
	report["attempts"] = s.collect(rejected, 5, wait, func(message *pubsub.Message) any {
		message.Nack()
		return *message.DeliveryAttempt
	})
	report["letter"] = s.collect(buried, 1, wait, func(message *pubsub.Message) any {
		message.Ack()
		return []string{string(message.Data), message.Attributes["kind"], message.Attributes["CloudPubSubDeadLetterSourceDeliveryCount"]}
	})[0]
}

func rows(ctx context.Context) {
	admin := must(bigtable.NewAdminClient(ctx, "p-1", "i"))
	defer admin.Close()
	check(admin.CreateTableFromConf(ctx, &bigtable.TableConf{
		TableID:        language,
		SplitKeys:      []string{"r250"},
		ColumnFamilies: map[string]bigtable.Family{"f": {GCPolicy: bigtable.MaxVersionsPolicy(2)}},
	}))
	client := must(bigtable.NewClient(ctx, "p-1", "i"))
	defer client.Close()
	table := client.Open(language)

	keys, mutations := []string{}, []*bigtable.Mutation{}
	for number := range 500 {
		mutation := bigtable.NewMutation()
		for version := range 3 {
			mutation.Set("f", "q", bigtable.Timestamp((version+1)*1000), []byte(strconv.Itoa(version+1)))
		}
		keys, mutations = append(keys, fmt.Sprintf("r%03d", number)), append(mutations, mutation)
	}
	if failures := must(table.ApplyBulk(ctx, keys, mutations)); failures != nil {
		panic(failures)
	}
	count, cells := 0, 0
	check(table.ReadRows(ctx, bigtable.InfiniteRange(""), func(row bigtable.Row) bool {
		count, cells = count+1, cells+len(row["f"])
		return true
	}))
	report["rows"], report["cells"] = count, cells

	filtered := []any{}
	filter := bigtable.ChainFilters(
		bigtable.RowKeyFilter("r1.5"), bigtable.LatestNFilter(1),
		bigtable.InterleaveFilters(bigtable.PassAllFilter(), bigtable.LabelFilter("copy")))
	check(table.ReadRows(ctx, bigtable.NewRange("r100", "r200"), func(row bigtable.Row) bool {
		cells := []any{}
		for _, cell := range row["f"] {
			cells = append(cells, []any{string(cell.Value), append([]string{}, cell.Labels...)})
		}
		filtered = append(filtered, []any{row.Key(), cells})
		return true
	}, bigtable.RowFilter(filter), bigtable.LimitRows(7)))
	report["filtered"] = filtered

	set := func(value string) *bigtable.Mutation {
		mutation := bigtable.NewMutation()
		mutation.Set("f", "seen", bigtable.Now(), []byte(value))
		return mutation
	}
	matched, seen := []bool{}, []string{}
	for _, key := range []string{"r000", "none"} {
		var isMatched bool
		mutation := bigtable.NewCondMutation(bigtable.ValueFilter("3"), set("y"), set("n"))
		check(table.Apply(ctx, key, mutation, bigtable.GetCondMutationResult(&isMatched)))
		row := must(table.ReadRow(ctx, key, bigtable.RowFilter(bigtable.ColumnFilter("seen"))))
		matched, seen = append(matched, isMatched), append(seen, string(row["f"][0].Value))
	}
	report["checked"] = []any{matched, seen}

	increment := bigtable.NewReadModifyWrite()
	increment.Increment("f", "n", 5)
	must(table.ApplyReadModifyWrite(ctx, "count", increment))
	both := bigtable.NewReadModifyWrite()
	both.Increment("f", "n", -2)
	both.AppendValue("f", "text", []byte("ab"))
	modified := must(table.ApplyReadModifyWrite(ctx, "count", both))["f"]
	report["modified"] = []any{int64(binary.BigEndian.Uint64(modified[0].Value)), string(modified[1].Value)}

	remove := bigtable.NewMutation()
	remove.DeleteRow()
	check(table.Apply(ctx, "r000", remove))
	report["deleted"] = must(table.ReadRow(ctx, "r000")) == nil
	report["samples"] = must(table.SampleRowKeys(ctx))
}

func main() {
	stream(context.Background())
	rows(context.Background())
	fmt.Println(string(must(json.Marshal(report))))
}
`;
