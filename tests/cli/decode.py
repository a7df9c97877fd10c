#!/usr/bin/env python3
"""`diatom decode` and `diatom encode`: every kind of input, damage, and back to the same octets."""

import os
import pty
import re
import subprocess
import unittest

import cli
from cli import CAPTURES, DIATOM, LIMIT, diatom
from packets import (
    avp, data_chunk, ethernet, ipv4, ipv6, message, pcap, pcapng, sctp, segments, tcp, upper_pdu,
)  # fmt: skip

GY = os.path.join(CAPTURES, "gy-credit-control.pcap")
LTE = os.path.join(CAPTURES, "lte-attach-s6a-gx.pcapng")


class Decode(cli.Test):
    def ids(self, octets, *args, status=0):
        """The Hop-by-Hop ids of the messages in these octets, which decode ends with this status."""
        result = diatom("decode", "--json", *args, stdin=octets)
        self.assert_status(result, status)
        self.err = result.err
        return [m["hop_by_hop"] for m in result.messages()]


class Captures(Decode):
    def test_gy_is_decoded_to_the_last_message(self):
        result = diatom("decode", "--json", GY)
        self.assert_status(result, 0)
        found = result.messages()
        self.assertEqual(len(found), 6)
        self.assertEqual([m["code"] for m in found], [272] * 6)
        self.assertEqual(found[-1]["hop_by_hop"], 0x2EA4932)

    def test_lte_is_decoded_to_the_last_message(self):
        result = diatom("decode", "--json", LTE)
        self.assert_status(result, 0)
        found = result.messages()
        self.assertEqual(len(found), 98)
        self.assertEqual((found[-1]["code"], found[-1]["hop_by_hop"]), (282, 0x225A6D8F))

    def test_text_tells_packets_and_ends(self):
        result = diatom("decode", GY)
        self.assert_status(result, 0)
        self.assertIn("# packet 6 ", result.out)
        self.assertIn("10.201.9.11:3868 > 10.201.9.245:50957 tcp", result.out)
        self.assertIn("Requested-Service-Unit", result.out)

    def test_summary_is_one_line_a_message(self):
        result = diatom("decode", "--summary", GY, LTE)
        self.assert_status(result, 0)
        self.assertEqual(len(result.out.splitlines()), 104)

    def test_decode_and_encode_give_the_same_octets(self):
        for capture in GY, LTE:
            text = diatom("decode", "--json", capture)
            octets = diatom("encode", stdin=text.octets)
            self.assert_status(octets, 0)
            again = diatom("decode", "--json", "--format", "raw", stdin=octets.octets)
            self.assertEqual(again.out, text.out)
            for m, hexadecimal in zip(
                self.raw_messages(octets.octets), diatom("encode", "--hex", stdin=text.octets).out.split(), strict=True
            ):
                self.assertEqual(m.hex(), hexadecimal)
                with open(capture, "rb") as f:
                    self.assertIn(m, f.read())

    def test_text_leads_to_the_same_octets(self):
        for capture in GY, LTE:
            octets = diatom("encode", stdin=diatom("decode", "--json", capture).octets)
            again = diatom("encode", stdin=diatom("decode", capture).octets)
            self.assert_status(again, 0)
            self.assertEqual(again.octets, octets.octets)

    @staticmethod
    def raw_messages(octets):
        while octets:
            n = int.from_bytes(octets[1:4], "big")
            yield octets[:n]
            octets = octets[n:]

    def test_redacted_output_has_no_subscriber(self):
        whole, redacted = diatom("decode", GY).out, diatom("decode", "--redact", GY).out
        self.assertIn("919080000016", whole)
        self.assertNotIn("919080000016", redacted)
        self.assertNotIn("919080000016", diatom("decode", "--redact", "--json", GY).out)

    def test_redacted_session_ids_end_where_nodes_put_what_they_like(self):
        octets = message(1, [avp(263, "pgw.example;1;2;262011234567890")], command=272, application=4)
        for form in [], ["--json"], ["--summary"]:
            self.assertIn("262011234567890", diatom("decode", *form, stdin=octets).out)
            redacted = diatom("decode", "--redact", *form, stdin=octets).out
            self.assertIn("pgw.example;1;2;...", redacted)
            self.assertNotIn("262011234567890", redacted)

    def test_colours_only_when_asked_for(self):
        self.assertNotIn("\x1b[", diatom("decode", GY).out)
        self.assertNotIn("\x1b[", diatom("decode", "--color", "never", GY).out)
        self.assertIn("\x1b[", diatom("decode", "--color", "always", GY).out)
        plain = re.sub("\x1b\\[[0-9]*m", "", diatom("decode", "--color", "always", GY).out)
        self.assertEqual(plain, diatom("decode", GY).out)
        self.assert_refused(diatom("decode", "--color", "sometimes", GY), "--color")

    def on_terminal(self, *args, **env):
        ours, theirs = pty.openpty()
        settings = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm"} | env
        with subprocess.Popen([DIATOM, *args], stdout=theirs, env=settings) as process:
            os.close(theirs)
            out = b""
            try:
                while part := os.read(ours, 65536):
                    out += part
            except OSError:  # the other side is closed
                pass
            os.close(ours)
            self.assertEqual(process.wait(LIMIT), 0)
        return out.decode()

    def test_colours_on_a_terminal_unless_nobody_wants_them(self):
        self.assertIn("\x1b[36m", self.on_terminal("decode", GY))
        self.assertIn("\x1b[36m", self.on_terminal("decode", "--color", "always", GY, NO_COLOR="1"))
        for args, env in ([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"}), (["--color", "never"], {}):
            self.assertNotIn("\x1b[", self.on_terminal("decode", *args, GY, **env))


class Hex(Decode):
    def test_plain_digits(self):
        m = message(1)
        for text in (
            m.hex(), m.hex(" "), m.hex(":"), m.hex(" ", 4), m.hex("\n", 4), m.hex().upper(), "0x" + m.hex(),
            ", ".join(f"0x{b:02x}" for b in m), "".join(f"\\x{b:02x}" for b in m), "# a comment\n\n  " + m.hex() + "\n",
        ):  # fmt: skip
            self.assertEqual(self.ids(text), [1], text)

    def test_several_messages_in_one_text(self):
        self.assertEqual(self.ids("\n".join(message(i).hex() for i in range(5))), [0, 1, 2, 3, 4])
        self.assertEqual(self.ids("".join(message(i).hex() for i in range(5))), [0, 1, 2, 3, 4])

    def test_dumps_with_offsets_and_characters(self):
        both = message(1) + message(2)

        def lines(form):
            return "\n".join(form(at, both[at : at + 16]) for at in range(0, len(both), 16)) + "\n"

        def characters(b):
            return "".join(chr(c) if 32 <= c < 127 else "." for c in b)

        forms = {
            "xxd": lambda at, b: f"{at:08x}: {b.hex(' ', 2):<39}  {characters(b)}",
            "hexdump -C": lambda at, b: f"{at:08x}  {b[:8].hex(' '):<23}  {b[8:].hex(' '):<23}  |{characters(b)}|",
            "od -t x1": lambda at, b: f"{at:07o} {b.hex(' ')}",
            "Wireshark": lambda at, b: f"{at:04x}  {b.hex(' '):<47}   {characters(b)}",
            "tcpdump": lambda at, b: f"\t0x{at:04x}:  {b.hex(' ', 2):<39}  {characters(b)}",
        }
        for name, form in forms.items():
            text = lines(form)
            if name in ("hexdump -C", "od -t x1"):
                text += f"{len(both):08x}\n" if name == "hexdump -C" else f"{len(both):07o}\n"
            self.assertEqual(self.ids(text), [1, 2], f"{name}\n{text}")

    def test_a_second_dump_starts_at_offset_0(self):
        def dump(b):
            return "".join(f"{at:04x}  {b[at:at + 16].hex(' ')}\n" for at in range(0, len(b), 16))

        self.assertEqual(self.ids(dump(message(1)) + dump(message(2))), [1, 2])

    def test_a_truncated_line_does_not_take_the_others_along(self):
        lines = [message(i).hex() for i in range(4)]
        lines[1] = lines[1][:60]
        self.assertEqual(self.ids("\n".join(lines), status=1), [0, 2, 3])
        self.assertIn("line 2", self.err)

    def test_what_is_no_hexadecimal_text_is_named_by_its_line(self):
        text = message(1).hex() + "\nhello, world\n" + message(2).hex() + "\n"
        self.assertEqual(self.ids(text, status=1), [1, 2])
        self.assertIn("line 2", self.err)

    def test_a_single_digit_at_the_end_is_no_octet(self):
        result = diatom("decode", "--format", "hex", stdin="x41\n")
        self.assert_status(result, 1)
        self.assertEqual(result.out, "")

    def test_nothing_at_all_is_said(self):
        self.assertEqual(self.ids(""), [])
        self.assertIn("no Diameter message", self.err)


class Raw(Decode):
    def test_a_stream_of_messages(self):
        self.assertEqual(self.ids(b"".join(message(i) for i in range(100))), list(range(100)))

    def test_garbage_between_messages_is_reported_once(self):
        octets = message(1) + b"\1\0\0\7garbage" + message(2)
        self.assertEqual(self.ids(octets, status=1), [1, 2])
        self.assertIn(f"octet {len(message(1))}", self.err)
        self.assertEqual(len(self.err.splitlines()), 1)

    def test_a_message_that_does_not_end(self):
        self.assertEqual(self.ids(message(1) + message(2)[:-4], status=1), [1])
        self.assertIn("ends after", self.err)

    def test_a_header_that_announces_too_much_hides_nothing(self):
        huge = b"\1\xff\xff\xfc" + message(9)[4:]
        self.assertEqual(self.ids(message(1) + huge + message(2) + message(3), status=1), [1, 2, 3])

    def test_a_bad_avp_is_reported(self):
        bad = message(2, [avp(264, "host.example.net")[:5] + b"\0\xff\0" + bytes(8)])
        self.assertEqual(self.ids(message(1) + bad + message(3), status=1), [1, 2, 3])
        self.assertIn("AVP 264", self.err)

    def test_a_value_of_impossible_length_is_reported(self):
        self.assertEqual(self.ids(message(1, [avp(268, b"\0\0\7")]), status=1), [1])
        self.assertIn("Result-Code", self.err)

    def test_a_bad_avp_inside_of_a_group_is_reported(self):
        inside = avp(450, 0)[:4] + b"\x40\0\0\7" + bytes(4)
        self.assertEqual(self.ids(message(1, [avp(443, inside)], command=272, application=4), status=1), [1])
        self.assertIn("AVP 450", self.err)

    def test_another_version_is_reported(self):
        self.assertEqual(self.ids(message(1) + message(2, version=2) + message(3), status=1), [1, 2, 3])
        self.assertIn("version", self.err)

    def test_check_holds_messages_against_their_grammar(self):
        octets = message(1, [avp(264, "a.example.net")])
        self.assertEqual(self.ids(octets), [1])
        self.assertEqual(self.ids(octets, "--check", status=1), [1])
        self.assertIn("5005", self.err)
        self.assertEqual(self.ids(message(1), "--check"), [1])

    def test_deep_nesting_is_reported(self):
        nested = avp(456, b"")
        for _ in range(40):
            nested = avp(456, nested)
        self.assertEqual(self.ids(message(1, [nested], command=272, application=4), status=1), [1])


class Tcp(Decode):
    def test_messages_cut_anywhere(self):
        octets = message(1) + message(2) + message(3)
        for size in 1, 3, 20, 21, 64, 1000:
            parts = [octets[at : at + size] for at in range(0, len(octets), size)]
            self.assertEqual(self.ids(pcap(segments(parts))), [1, 2, 3], size)

    def test_both_file_formats(self):
        packets = segments([message(1)])
        self.assertEqual(self.ids(pcapng(packets)), [1])
        self.assertEqual(self.ids(pcap(packets)), [1])

    def test_segments_out_of_order(self):
        octets = message(1) + message(2) + message(3)
        packets = segments([octets[at : at + 40] for at in range(0, len(octets), 40)])
        self.assertEqual(self.ids(pcap(packets[:1] + packets[:0:-1])), [1, 2, 3])

    def test_retransmissions_and_overlaps(self):
        octets = message(1) + message(2)

        def part(start, end):
            return ethernet(ipv4(tcp(octets[start:end], seq=1000 + start)))

        first = segments([b""])[:1]
        n = len(octets)
        for parts in (
            [(0, 50), (0, 50), (50, n)],
            [(0, 50), (30, n)],
            [(0, 50), (60, n), (40, 80)],
            [(60, n), (0, n)],
            [(0, n), (0, n), (10, 20)],
        ):
            packets = first + [part(*p) for p in parts]
            self.assertEqual(self.ids(pcap(packets)), [1, 2], parts)

    def test_sequence_numbers_wrap(self):
        octets = message(1) + message(2)
        parts = [octets[:30], octets[30:70], octets[70:]]
        packets = segments(parts, seq=0xFFFFFFF0)
        self.assertEqual(self.ids(pcap(packets)), [1, 2])
        self.assertEqual(self.ids(pcap([packets[0], packets[2], packets[1], packets[3]])), [1, 2])

    def test_a_capture_that_starts_within_a_message(self):
        parts = [message(1)[30:] + message(2), message(3)]
        self.assertEqual(self.ids(pcap(segments(parts, syn=False))), [2, 3])

    def test_a_lost_segment_costs_its_messages_alone(self):
        packets = segments([message(i) for i in range(1, 6)])
        del packets[3]
        self.assertEqual(self.ids(pcap(packets), status=1), [1, 2, 4, 5])
        self.assertIn("not in the capture", self.err)

    def test_a_gap_is_given_up_after_seconds(self):
        packets = segments([message(i) for i in range(1, 5)])
        del packets[2]
        late = [(p, 1700000000 + 10 * i) for i, p in enumerate(packets)]
        self.assertEqual(self.ids(pcap(late), status=1), [1, 3, 4])

    def test_packets_cut_short_keep_the_stream_in_step(self):
        packets = segments([message(1), message(2), message(3)[:40], message(3)[40:], message(4)])
        self.assertEqual(self.ids(pcap(packets, snaplen=54 + 44), status=1), [3])
        self.assertIn("snap length", self.err)
        short = [message(1), message(2, [avp(264, "x" * 200), avp(296, "example.net")]), message(3)]
        self.assertEqual(self.ids(pcap(segments(short), snaplen=54 + 100), status=1), [1, 3])

    def test_another_port_is_recognized_by_its_messages(self):
        self.assertEqual(self.ids(pcap(segments([message(1), message(2)], ports=(5000, 6000)))), [1, 2])
        parts = [bytes([b]) for b in message(1) + message(2)]
        self.assertEqual(self.ids(pcap(segments(parts, ports=(5000, 6000)))), [1, 2])

    def test_other_protocols_are_passed_over(self):
        web = segments([b"GET / HTTP/1.1\r\n\r\n" * 10], ports=(5000, 80))
        self.assertEqual(self.ids(pcap(web + segments([message(1)]))), [1])
        self.assertEqual(self.err, "")

    def test_a_port_can_be_named(self):
        garbage = [b"\7" * 40 + message(1)]
        self.assertEqual(self.ids(pcap(segments(garbage, ports=(5000, 6000)))), [])
        self.assertEqual(self.ids(pcap(segments(garbage, ports=(5000, 6000))), "--port", 6000, status=1), [1])

    def test_the_same_ports_again(self):
        first = segments([message(1)], seq=1000) + [ethernet(ipv4(tcp(b"", seq=1000 + len(message(1)), fin=True)))]
        self.assertEqual(self.ids(pcap(first + segments([message(2)], seq=5000))), [1, 2])
        self.assertEqual(self.ids(pcap(segments([message(1)]) + segments([message(2)], seq=900000000))), [1, 2])

    def test_two_directions_do_not_mix(self):
        there = segments([message(1)[:30], message(1)[30:]])
        back = segments([message(2)[:40], message(2)[40:]], ports=(3868, 40000))
        back = [p.replace(bytes([192, 0, 2, 1, 192, 0, 2, 2]), bytes([192, 0, 2, 2, 192, 0, 2, 1])) for p in back]
        mixed = [p for pair in zip(there, back, strict=True) for p in pair]
        self.assertEqual(self.ids(pcap(mixed)), [1, 2])


class Links(Decode):
    def test_link_types(self):
        ip = ipv4(tcp(message(1)))
        ip6 = ipv6(tcp(message(1)))
        cases = {
            "Ethernet": (1, ethernet(ip)),
            "Ethernet IPv6": (1, ethernet(ip6, kind=0x86DD)),
            "IPv6 with an extension header": (
                1,
                ethernet(ipv6(tcp(message(1)), extension=b"\6\0" + bytes(6)), kind=0x86DD),
            ),
            "VLAN": (1, ethernet(ip, vlans=[5])),
            "two VLANs": (1, ethernet(ip, vlans=[5, 6])),
            "Ethernet padding": (1, ethernet(ip) + bytes(6)),
            "null": (0, b"\2\0\0\0" + ip),
            "null IPv6": (0, b"\x1e\0\0\0" + ip6),
            "OpenBSD loopback": (108, b"\0\0\0\2" + ip),
            "raw IP": (101, ip),
            "raw IPv6": (101, ip6),
            "IPv4": (228, ip),
            "Linux cooked": (113, bytes(14) + b"\x08\0" + ip),
            "Linux cooked v2": (276, b"\x08\0" + bytes(18) + ip),
            "exported": (252, upper_pdu(message(1))),
        }
        for name, (link, packet) in cases.items():
            self.assertEqual(self.ids(pcap([packet], link=link)), [1], name)

    def test_an_unknown_link_type_is_named(self):
        result = diatom("decode", stdin=pcap([b"x" * 50], link=105))
        self.assert_status(result, 1)
        self.assertIn("105", result.err)

    def test_exported_packets_of_others_are_passed_over(self):
        self.assertEqual(self.ids(pcap([upper_pdu(b"GET /", name=b"http")], link=252)), [])

    def test_a_damaged_capture_is_reported_behind_what_was_good(self):
        self.assertEqual(self.ids(pcap(segments([message(1), message(2)]))[:-10], status=1), [1])

    def test_truncated_packets_of_every_length(self):
        for packet in (
            ethernet(ipv4(tcp(message(1))), vlans=[1]),
            ethernet(ipv6(tcp(message(1)), extension=b"\6\0" + bytes(6)), kind=0x86DD),
            ethernet(ipv4(sctp([data_chunk(message(1), 1)]), protocol=132)),
        ):
            result = diatom("decode", "--json", stdin=pcap([packet[:n] for n in range(len(packet))]))
            self.assertIn(result.status, (0, 1))

    def test_ip_fragments_are_counted(self):
        self.assertEqual(self.ids(pcap([ethernet(ipv4(tcp(message(1)), fragment=0x2000))])), [])
        self.assertIn("1 IP fragments", self.err)


class Sctp(Decode):
    def packets(self, *chunk_lists, **kw):
        return pcap([ethernet(ipv4(sctp(chunks, **kw), protocol=132)) for chunks in chunk_lists])

    def test_chunks_of_one_packet(self):
        chunks = [b"\3\0\0\x10" + bytes(12), data_chunk(message(1), 1), data_chunk(message(2), 2)]
        self.assertEqual(self.ids(self.packets(chunks)), [1, 2])

    def test_payload_protocols(self):
        for ppid, found in (46, [1]), (0, [1]), (46 << 24, [1]), (18, []):
            self.assertEqual(self.ids(self.packets([data_chunk(message(1), 1, ppid=ppid)])), found, ppid)
        other = dict(ports=(1000, 2000))
        self.assertEqual(self.ids(self.packets([data_chunk(message(1), 1, ppid=0)], **other)), [1])
        self.assertEqual(self.ids(self.packets([data_chunk(b"something", 1, ppid=0)], **other)), [])
        self.assertEqual(self.err.count("fragments"), 0)

    def test_fragments_are_joined_in_any_order(self):
        m = message(1)
        parts = [
            data_chunk(m[:24], 0xFFFFFFFF, end=False),
            data_chunk(m[24:48], 0, begin=False, end=False),
            data_chunk(m[48:], 1, begin=False),
        ]
        for order in (0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1):
            self.assertEqual(self.ids(self.packets(*[[parts[i]] for i in order])), [1], order)

    def test_repeats_are_taken_once(self):
        chunk = data_chunk(message(1), 5)
        self.assertEqual(self.ids(self.packets([chunk], [data_chunk(message(2), 6)], [chunk])), [1, 2])

    def test_a_missing_fragment_is_reported(self):
        packets = self.packets([data_chunk(message(1)[:24], 1, end=False)], [data_chunk(message(2), 3)])
        self.assertEqual(self.ids(packets, status=1), [2])
        self.assertIn("fragments", self.err)

    def test_sctp_in_udp(self):
        inner = sctp([data_chunk(message(1), 1)])
        udp = (9899).to_bytes(2, "big") * 2 + (8 + len(inner)).to_bytes(2, "big") + bytes(2) + inner
        self.assertEqual(self.ids(pcap([ethernet(ipv4(udp, protocol=17))])), [1])


class Output(Decode):
    def test_a_full_disk_is_an_error(self):
        with open("/dev/full", "wb") as full:
            for args in ["decode", GY], ["decode", "--json", GY], ["decode", "--help"], ["--version"]:
                result = diatom(*args, stdout=full)
                self.assertEqual(result.status, 3, args)
                self.assertIn("standard output", result.err)

    def test_a_reader_that_goes_away_ends_it_without_words(self):
        for args in ["decode", LTE], ["--help"]:
            process = self.start(*args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            process.stdout.close()
            error = process.stderr.read().decode()
            self.assertEqual(process.wait(LIMIT), 3)
            self.assertEqual(error, "")

    def test_a_dictionary_at_run_time(self):
        dictionary = self.file(
            "mine.dia",
            "@id 77\n@name mine\n@avp_types\n  My-Text 7001 UTF8String -\n"
            "@messages\n  MYR ::= < Diameter Header: 7000, REQ > [ My-Text ]\n"
            "  MYA ::= < Diameter Header: 7000 > [ My-Text ]\n",
        )
        octets = message(1, [avp(7001, "hello", flags=0)], command=7000, application=77)
        result = diatom("decode", "--dict", dictionary, stdin=octets)
        self.assert_status(result, 0)
        self.assertIn("My-Text", result.out)
        self.assertNotIn("My-Text", diatom("decode", stdin=octets).out)

    def test_wrong_files_are_found_before_anything_is_printed(self):
        self.assert_refused(diatom("decode", GY, "/nowhere/at-all"), "/nowhere/at-all")
        self.assert_refused(diatom("decode", "--dict", "/nowhere/x.dia", GY), "/nowhere/x.dia")

    def test_a_folder_is_no_file(self):
        for args in (
            ["decode", self.folder.name], ["decode", GY, self.folder.name], ["decode", "--dict", self.folder.name, GY],
            ["encode", self.folder.name], ["send", self.folder.name, "--connect", "aaa://127.0.0.1:1"],
            ["serve", "--listen", "aaa://127.0.0.1:0", "--dict", self.folder.name],
            ["dict", "check", self.folder.name], ["dict", "show", "CCR", "--dict", self.folder.name],
        ):  # fmt: skip
            with self.subTest(args=args):
                self.assert_refused(diatom(*args), "Is a directory")

    def test_a_wrong_dictionary_is_refused(self):
        path = self.file("bad.dia", "@name bad\n@avp_types\n  A 1 Nonsense -\n")
        result = diatom("decode", "--dict", path, GY)
        self.assert_status(result, 2)
        self.assertEqual(result.out, "")
        self.assertIn(f"{path}:3:", result.err)


class Encode(cli.Test):
    def test_lines_arrays_and_objects_over_several_lines(self):
        one = diatom("decode", "--json", stdin=message(1)).out.strip()
        two = diatom("decode", "--json", stdin=message(2)).out.strip()
        for text in f"{one}\n{two}\n", f"[{one},\n{two}]", one.replace(",", ",\n") + two:
            result = diatom("encode", stdin=text)
            self.assert_status(result, 0)
            self.assertEqual(result.octets, message(1) + message(2))

    def test_the_short_form(self):
        text = '{"command": "DWR", "hop_by_hop": 5, "end_to_end": 1005, "avps": {"Origin-Host": "host-5.example.net",' \
               ' "Origin-Realm": "example.net"}}'  # fmt: skip
        result = diatom("encode", "--hex", stdin=text)
        self.assert_status(result, 0)
        self.assertEqual(bytes.fromhex(result.out), message(5))

    def test_what_is_no_message_is_named_and_the_rest_goes_on(self):
        good = diatom("decode", "--json", stdin=message(1)).out.strip()
        text = f'{good}\n{{"command": "DWR", "avps": {{"No-Such-AVP": 1}}}}\nnonsense\n{good}\n{{"command": '
        result = diatom("encode", stdin=text)
        self.assert_status(result, 1)
        self.assertEqual(result.octets, message(1) * 2)
        for line in ":2:", ":3:", ":5:":
            self.assertIn(line, result.err)

    def test_an_array_that_does_not_end_is_said(self):
        good = diatom("decode", "--json", stdin=message(1)).out.strip()
        for text, octets in ("[", b""), (f"[{good}", message(1)), (f"[{good},", message(1)):
            result = diatom("encode", stdin=text)
            self.assert_status(result, 1)
            self.assertEqual(result.octets, octets, text)
            self.assertIn("array does not end", result.err)

    def test_the_end_of_an_array_that_has_not_begun_is_no_message(self):
        result = diatom("encode", stdin="]")
        self.assert_status(result, 1)
        self.assertEqual(result.octets, b"")
        self.assertNotEqual(result.err, "")

    def test_text_by_hand(self):
        text = "# comment\n\nDWR hbh=5 e2e=1005\n    Origin-Host: host-5.example.net\n    Origin-Realm: example.net\n"
        for form in [], ["--format", "text"]:
            result = diatom("encode", "--hex", *form, stdin=text + "\n" + text)
            self.assert_status(result, 0)
            self.assertEqual(bytes.fromhex(result.out), message(5) * 2)
        self.assertEqual(diatom("encode", "--format", "json", stdin=text).status, 1)

    def test_the_texts_of_the_documentation(self):
        folder = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        with open(os.path.join(folder, "docs", "text.md"), encoding="utf-8") as f:
            printed, by_hand = (block.lstrip("\n") for block in f.read().split("```")[1::2])
        octets = diatom("encode", stdin=printed)
        self.assert_status(octets, 0)
        self.assertEqual(diatom("decode", stdin=octets.octets).out, printed)
        self.assert_status(diatom("encode", stdin=by_hand), 0)

    def test_all_errors_in_a_text_have_their_place(self):
        good = "DWR hbh=5 e2e=1005\n  Origin-Host: host-5.example.net\n  Origin-Realm: example.net\n"
        result = diatom("encode", stdin=f"{good}\n\nDWR\n  No-Such: 1\n  Result-Code: none\n{good}DWX\n")
        self.assert_status(result, 1)
        self.assertEqual(result.octets, message(5) * 2)
        for line, place in zip(result.err.splitlines(), [":7:3: ", ":8:16: ", ":12:1: "], strict=True):
            self.assertIn(place, line)

    def test_output_to_a_file(self):
        text = diatom("decode", "--json", stdin=message(1)).out
        result = diatom("encode", "-o", self.path("out"), stdin=text)
        self.assert_status(result, 0)
        with open(self.path("out"), "rb") as f:
            self.assertEqual(f.read(), message(1))
        self.assert_refused(diatom("encode", "-o", "/nowhere/out", stdin=text), "/nowhere/out")

    def test_every_type_of_value_comes_back(self):
        avps = [
            avp(263, "a;1;2"), avp(258, 4), avp(257, b"\0\1\xc0\0\2\1"), avp(257, b"\0\2" + bytes(15) + b"\1"),
            avp(55, b"\xe0\0\0\1"), avp(55, b"\0\0\0\1"), avp(421, bytes(7) + b"\xff"), avp(447, b"\x80" + bytes(7)),
            avp(429, b"\xff\xff\xff\xff"), avp(25, b"\0\xff\xfe"), avp(281, b"\xff\xfe"), avp(99999, b"xyz", flags=0x1F),
            avp(99998, b"", vendor=4711), avp(443, [avp(450, 0), avp(444, "49")]), avp(443, b"no avp"), avp(416, 77),
        ]  # fmt: skip
        octets = message(1, avps, command=272, application=4)
        text = diatom("decode", "--json", stdin=octets)
        self.assertEqual(len(text.messages()), 1)
        self.assertEqual(diatom("encode", stdin=text.octets).octets, octets)
        self.assertEqual(diatom("encode", stdin=diatom("decode", stdin=octets).octets).octets, octets)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = 2000
    cli.main()
