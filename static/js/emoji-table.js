// The emoji that `:` offers: a sign, English words with _ between, Japanese readings. What people use in mail to
// customers and in notes; the first words are the names.
export const TABLE = `
😀 grinning happy|えがお にこにこ
😄 smile happy|にっこり えがお
😁 beaming grin|にかっ
😊 blush smile|ほほえみ にこにこ てれ
🙂 slight_smile|ほほえみ
😉 wink|ういんく
😍 heart_eyes love|めろめろ だいすき
🥰 smiling_hearts love|しあわせ だいすき
😘 kiss|きす
😋 yum delicious|おいしい
😂 joy laugh|うれしなき わらい
🤣 rofl laugh|だいわらい
😅 sweat_smile|ひやあせ
😇 innocent angel|てんし
🤔 thinking|かんがえちゅう うーん
🤨 raised_eyebrow|うたがい
😐 neutral|まがお
😶 no_mouth|むごん
🙄 rolling_eyes|あきれ
😏 smirk|にやり
😌 relieved|ほっと
😴 sleeping|すやすや ねむい
😪 sleepy|ねむい
😷 mask|ますく
🤒 sick thermometer|びょうき ねつ
🤕 bandage hurt|けが
🥵 hot|あつい
🥶 cold|さむい
😎 sunglasses cool|さんぐらす
🤓 nerd|めがね
🥳 partying party|おいわい ぱーてぃー
😕 confused|こまった
😟 worried|しんぱい
😮 open_mouth surprised|おどろき
😲 astonished|びっくり
😳 flushed|あかめん てれ
🥺 pleading please|おねがい うるうる
😢 cry sad|なく かなしい
😭 sob cry|おおなき
😱 scream|さけび
😓 sweat|あせ
😩 weary|つかれた
😤 triumph|ふんす
😡 angry rage|おこる
🤯 exploding_head|しょうげき
😬 grimacing|きまずい
🤗 hug|はぐ
🤭 hand_over_mouth|くすくす
🫡 salute|けいれい りょうかい
🤝 handshake deal|あくしゅ
🙏 pray thanks please|おねがい ありがとう
👍 thumbs_up yes ok|いいね りょうかい
👎 thumbs_down no|よくない
👌 ok_hand|おーけー
✌️ victory peace|ぴーす
🤞 fingers_crossed luck|こううんをいのる
👏 clap|はくしゅ
🙌 raised_hands hooray|ばんざい
👋 wave hello bye|てをふる こんにちは
✋ hand stop|て まった
💪 muscle strong|ちからこぶ がんばる
🙇 bow sorry|おじぎ おわび もうしわけ
🙋 raising_hand|きょしゅ
🤷 shrug|わからない
🤦 facepalm|あちゃー
👀 eyes look|め みる
👉 point_right|みぎ ゆび
👈 point_left|ひだり ゆび
👆 point_up|うえ ゆび
👇 point_down|した ゆび
✍️ writing|かく
❤️ heart red_heart love|はーと
🧡 orange_heart|おれんじはーと
💛 yellow_heart|きいろはーと
💚 green_heart|みどりはーと
💙 blue_heart|あおはーと
💜 purple_heart|むらさきはーと
💔 broken_heart|しつれん
✨ sparkles new|きらきら
⭐ star|ほし
🌟 glowing_star|ほし きらり
💫 dizzy_star|くるくる
🔥 fire hot|ほのお
💯 hundred|ひゃくてん
🎉 tada party congratulations|おめでとう おいわい
🎊 confetti|くすだま おいわい
🎁 gift present|ぷれぜんと おくりもの
🎂 birthday_cake|たんじょうび けーき
🎈 balloon|ふうせん
🏆 trophy|とろふぃー ゆうしょう
🥇 gold_medal first|きんめだる
✅ check done|ちぇっく かんりょう
☑️ checked|ちぇっく
✔️ tick|ちぇっく
❌ cross no|ばつ
⭕ circle yes|まる
❗ exclamation|びっくりまーく
❓ question|はてな しつもん
⚠️ warning|ちゅうい けいこく
🚫 prohibited no|きんし
🛑 stop|とまれ
ℹ️ information|あんない じょうほう
💡 idea bulb|ひらめき あいでぃあ
📌 pin|ぴん
📎 paperclip attachment|くりっぷ てんぷ
📝 memo note|めも
📄 document page|しょるい
📅 calendar date|かれんだー ひづけ
⏰ alarm_clock|めざまし じかん
⏳ hourglass wait|すなどけい まち
🕐 clock time|とけい じかん
📞 telephone call|でんわ
📱 phone mobile|すまほ けいたい
💻 laptop computer|ぱそこん
🖨️ printer|ぷりんたー
📷 camera photo|かめら しゃしん
📧 email mail|めーる
📨 incoming_mail|じゅしん
📦 package parcel box|にもつ こづつみ
🚚 truck delivery|はいそう とらっく
✈️ airplane|ひこうき
🚢 ship|ふね
🏠 house home|いえ
🏢 office|かいしゃ びる
🏪 shop store|おみせ
🏭 factory|こうじょう
📍 location pin|ばしょ
🗺️ map|ちず
💴 yen money|えん おかね
💳 credit_card|くれじっとかーど
🧾 receipt|れしーと りょうしゅうしょ
🛒 cart shopping|かーと かいもの
🔑 key|かぎ
🔒 lock|ろっく かぎ
🔓 unlock|かいじょ
🔧 wrench repair|しゅうり れんち
🔨 hammer|はんまー
⚙️ gear settings|せってい はぐるま
🔍 search magnifier|けんさく むしめがね
🔗 link|りんく
🔔 bell notice|べる おしらせ
🔄 refresh again|こうしん くりかえし
➡️ arrow_right|やじるし みぎ
⬅️ arrow_left|やじるし ひだり
⬆️ arrow_up|やじるし うえ
⬇️ arrow_down|やじるし した
🆗 ok|おーけー
🆕 new|あたらしい しん
☕ coffee|こーひー
🍵 tea green_tea|おちゃ りょくちゃ
🫖 teapot|きゅうす てぃーぽっと
🍶 sake|とっくり おさけ
🍙 rice_ball|おにぎり
🍰 cake|けーき
🍎 apple|りんご
🌸 cherry_blossom|さくら
🌺 flower hibiscus|はな
🌱 seedling|ふたば めばえ
🍁 maple autumn|もみじ あき
☀️ sun sunny|はれ たいよう
☁️ cloud|くもり
☔ rain umbrella|あめ かさ
❄️ snow snowflake|ゆき
🌈 rainbow|にじ
🐱 cat|ねこ
🐶 dog|いぬ
🐣 chick|ひよこ
🎍 new_year pine|かどまつ しょうがつ
🎌 flags japan|にほん こっき
`.trim().split('\n').map((row) => {
  const [head, readings] = row.split('|');
  const [sign, ...names] = head.split(' ');
  return { sign, name: names[0], keys: [...names, ...readings.split(' ')], reading: readings.split(' ')[0] };
});
