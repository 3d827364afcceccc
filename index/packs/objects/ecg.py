"""A 12-lead electrocardiogram made of bell curves: 12-lead ECG Waveform Storage (PS3.3 section A.34.3).

Four beats in four seconds at 250 samples a second; every lead is the same heart, seen with another weight.
"""

from math import exp

import numpy as np
from phantoms.modules import DATE, TIME, code, composite, series
from pydicom.dataset import Dataset
from pydicom.uid import TwelveLeadECGWaveformStorage

RATE_HZ, SECONDS = 250, 4
MICROVOLTS_PER_UNIT = 2.5
# (centre in s after the beat begins, width in s, height in uV in lead II)
WAVES = ((0.16, 0.025, 120), (0.26, 0.010, -90), (0.29, 0.012, 1100), (0.32, 0.010, -220), (0.52, 0.050, 280))
# Name, code of CID 3001, weight.
LEADS = (
    ("Lead I", "2:1", 0.60),
    ("Lead II", "2:2", 1.00),
    ("Lead III", "2:61", 0.40),
    ("Lead aVR", "2:62", -0.80),
    ("Lead aVL", "2:63", 0.10),
    ("Lead aVF", "2:64", 0.70),
    ("Lead V1", "2:3", -0.40),
    ("Lead V2", "2:4", -0.20),
    ("Lead V3", "2:5", 0.30),
    ("Lead V4", "2:6", 1.10),
    ("Lead V5", "2:7", 1.20),
    ("Lead V6", "2:8", 0.90),
)


def samples() -> list[list[int]]:
    """Return the stored samples, a row of twelve for each instant."""
    rows = []
    for n in range(RATE_HZ * SECONDS):
        t = n / RATE_HZ % 1.0
        microvolts = sum(height * exp(-(((t - centre) / width) ** 2)) for centre, width, height in WAVES)
        rows.append([round(microvolts * weight / MICROVOLTS_PER_UNIT) for _, _, weight in LEADS])
    return rows


def ecg() -> Dataset:
    """Return the recording."""
    data = composite(TwelveLeadECGWaveformStorage, "objects/ecg", patient="ECG", study="objects/ecg/study")
    series(data, "ECG", "objects/ecg/series", 1, "12-lead ECG")
    data.InstanceNumber = 1
    data.ContentDate, data.ContentTime, data.AcquisitionDateTime = DATE, TIME, DATE + TIME
    data.AcquisitionContextSequence = []
    data.WaveformSequence = [_multiplex_group()]
    return data


def _multiplex_group() -> Dataset:
    group = Dataset()
    group.WaveformOriginality = "ORIGINAL"
    group.NumberOfWaveformChannels, group.NumberOfWaveformSamples = len(LEADS), RATE_HZ * SECONDS
    group.SamplingFrequency = RATE_HZ
    group.MultiplexGroupLabel = "RHYTHM"
    group.ChannelDefinitionSequence = [_channel(name, value) for name, value, _ in LEADS]
    group.WaveformBitsAllocated, group.WaveformSampleInterpretation = 16, "SS"
    group.WaveformData = np.array(samples(), dtype="<i2").tobytes()
    group["WaveformData"].VR = "OW"
    return group


def _channel(name: str, value: str) -> Dataset:
    channel = Dataset()
    channel.ChannelSourceSequence = [code(value, "MDC", name)]
    channel.ChannelLabel = name
    channel.ChannelSensitivity, channel.ChannelSensitivityCorrectionFactor = MICROVOLTS_PER_UNIT, 1
    channel.ChannelSensitivityUnitsSequence = [code("uV", "UCUM", "microvolt")]
    channel.ChannelBaseline, channel.ChannelSampleSkew = 0, 0
    channel.WaveformBitsStored = 16
    channel.FilterLowFrequency, channel.FilterHighFrequency = "0.05", "100"
    return channel
