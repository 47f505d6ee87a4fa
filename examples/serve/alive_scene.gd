# A TextureRect of Godot 4 that shows a living scene, and looks at the pointer.
# alive serve face.alive --port 8765 --token my-secret-token
extends TextureRect

@export var address := "ws://127.0.0.1:8765/my-secret-token/api"
var socket := WebSocketPeer.new()
var waits_for_picture := false
var tries_again_at := 0

func _ready() -> void:
	socket.inbound_buffer_size = 1 << 20

func ask(message: Dictionary) -> void:
	if socket.get_ready_state() == WebSocketPeer.STATE_OPEN:
		socket.send_text(JSON.stringify(message))

func _process(_delta: float) -> void:
	socket.poll()
	# Also after the scene has been away.
	if socket.get_ready_state() == WebSocketPeer.STATE_CLOSED and Time.get_ticks_msec() >= tries_again_at:
		tries_again_at = Time.get_ticks_msec() + 1000
		waits_for_picture = false
		socket.connect_to_url(address)
	if socket.get_ready_state() == WebSocketPeer.STATE_OPEN and not waits_for_picture:
		waits_for_picture = true
		ask({"id": "picture", "do": "picture", "width": 256})
	while socket.get_available_packet_count() > 0:
		var answer: Dictionary = JSON.parse_string(socket.get_packet().get_string_from_utf8())
		if answer.get("id") == "picture":
			waits_for_picture = false
		if "error" in answer:
			push_warning(answer["error"])
		elif answer.get("id") == "picture":
			var picture := Image.new()
			picture.load_jpg_from_buffer(Marshalls.base64_to_raw(answer["ok"]["data"]))
			texture = ImageTexture.create_from_image(picture)

func _gui_input(event: InputEvent) -> void:
	if event is InputEventMouseMotion:
		var at: Vector2 = (event.position / size * 2.0 - Vector2.ONE).clamp(-Vector2.ONE, Vector2.ONE)
		ask({"do": "look_at", "across": at.x, "down": at.y})
